// A member list that was handed over is in force soon, a start finds the newest one, and a broken one changes nothing.
#include <fmt/format.h>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Members final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "members"; }

    void on_record(const Record& record, Now) override {
        if (record.type != RecordType::members_loaded || !scene_.up()) return;
        if (static_cast<std::uint64_t>(record.value) != scene_.members_version())
            wrong("another list is in force than recorded");
    }
    void on_started(Mono) override {
        version_ = 0;
        to_be_found_ = scene_.faults.lists().placed;
    }
    void every_second(Mono at) override {
        if (!scene_.up() || scene_.site.settings.identity.member_list.empty()) return;
        const auto version = scene_.members_version();
        if (version < version_) wrong(fmt::format("list {} took the place of {}", version, version_));
        version_ = version;
        const auto& lists = scene_.faults.lists();
        if (at - scene_.up_since > patience && version < to_be_found_) {
            wrong(fmt::format("a start found list {} in force, and {} was there", version, to_be_found_));
        }
        if (scene_.up_from(lists.at) && at - lists.at > patience && version < lists.handed) {
            wrong(fmt::format("list {} was handed over, {} is in force", lists.handed, version));
        }
    }

 private:
    static constexpr seconds patience{5};

    std::uint64_t version_ = 0;
    std::uint64_t to_be_found_ = 1;
};

}  // namespace

std::unique_ptr<Oracle> members(const Scene& scene) { return std::make_unique<Members>(scene); }

}  // namespace yizhan::simulator
