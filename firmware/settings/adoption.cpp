#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "firmware/settings/settings.h"

namespace yizhan {
namespace {

// Collects the names of what differs.
class Differences {
 public:
    template <class Value>
    void compare(std::string_view what, const Value& running, const Value& next) {
        if (!(running == next)) add(std::string(what));
    }
    void add(std::string what) { differ_.push_back(std::move(what)); }
    const std::vector<std::string>& list() const { return differ_; }

 private:
    std::vector<std::string> differ_;
};

// What is wired of the i-th thing is the same: its name (nothing else says which is which) and its hardware.
// `same_place` compares what Station has learnt about it at the start.
template <class Config, class Hardware, class Same>
void compare_wired(Differences& differences, std::string_view kind, const std::vector<Config>& running,
                   const std::vector<Config>& next, const std::vector<Hardware>& running_hardware,
                   const std::vector<Hardware>& next_hardware, Same same) {
    if (!std::ranges::equal(running, next, {}, &Config::name, &Config::name)) {
        differences.add(fmt::format("which [[{}]] there are, their names or their order", kind));
        return;
    }
    for (std::size_t i = 0; i < running.size(); ++i) {
        if (!same(running[i], next[i]) || !(running_hardware[i] == next_hardware[i])) {
            differences.add(fmt::format("the wiring of [[{}]] \"{}\"", kind, running[i].name));
        }
    }
}

}  // namespace

Result<void> can_adopt(const Settings& running, const Settings& next) {
    Differences differences;
    const StationConfig& was = running.station;
    const StationConfig& is = next.station;
    differences.compare("[station] id", was.id, is.id);
    differences.compare("[clock] trusted", running.clock, next.clock);
    differences.compare("[identity]", running.identity, next.identity);
    differences.compare("[log] path", running.log.path, next.log.path);
    differences.compare("[control]", running.control, next.control);
    differences.compare("[commands]", running.commands, next.commands);
    differences.compare("[sound]", running.sound, next.sound);
    differences.compare("[charging] contactor", running.contactor, next.contactor);
    // Bits of the member list in force stand for these groups, by position.
    if (!std::ranges::equal(was.groups, is.groups, {}, &GroupConfig::name, &GroupConfig::name)) {
        differences.add("which [[group]] there are, their names or their order");
    }
    compare_wired(differences, "door", was.doors, is.doors, running.doors, next.doors,
                  [](const DoorConfig& a, const DoorConfig& b) { return a.egress == b.egress; });
    compare_wired(differences, "reader", was.readers, is.readers, running.readers, next.readers,
                  [](const ReaderConfig& a, const ReaderConfig& b) {
                      return a.place == b.place && a.door == b.door && a.outlet == b.outlet;
                  });
    compare_wired(
        differences, "outlet", was.outlets, is.outlets, running.outlets, next.outlets,
        [](const OutletConfig& a, const OutletConfig& b) { return a.amenity.has_value() == b.amenity.has_value(); });
    compare_wired(differences, "input", was.inputs, is.inputs, running.inputs, next.inputs,
                  [](const InputConfig& a, const InputConfig& b) { return a.kind == b.kind; });
    if (differences.list().empty()) return {};
    return failure(fmt::format("changed and in use: {}", fmt::join(differences.list(), "; ")),
                   "restart stationd to take them over, or change them back");
}

}  // namespace yizhan
