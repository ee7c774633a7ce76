// Somebody who watches a simulated world and knows one thing that must never happen. One file each, in oracles/.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/simulated/mqtt_broker.h"
#include "firmware/identity/member_list.h"
#include "firmware/station/action.h"
#include "tests/simulator/centre.h"
#include "tests/simulator/faults.h"
#include "tests/simulator/people.h"
#include "tests/simulator/simulated_station.h"

namespace yizhan::simulator {

// What oracles may look at.
struct Scene {
    const Options& options;
    testing::SimulatedStation& station;
    const Site& site;
    People& people;
    const Faults& faults;
    const Centre& centre;
    Mono up_since = never;  // stationd; never: it does not run
    bool up() const { return up_since != never; }
    // Nothing has happened to stationd since then.
    bool up_from(Mono since) const { return up_since <= since; }
    // The log has no room: what is decided now has no record, and records say what they did before it.
    bool unrecorded() const { return up() && station.station().surroundings().log_full; }
    // Records go to this one. What is in memory goes with stationd, and the centre may have it.
    const testing::SimulatedStation::Log& log() const { return station.log; }
    // Of the member list in force; 0: none.
    std::uint64_t members_version() const {
        const MemberList* list = station.station().surroundings().members;
        return list != nullptr ? list->info().version : 0;
    }
    const StationConfig& config() const { return site.settings.station; }
    // How long somebody at this reader may wait for their evidence.
    milliseconds waits_for_evidence(std::size_t reader) const {
        const bool waits =
            config().durability == Durability::before_release && config().readers[reader].place == ReaderPlace::entry;
        return waits ? config().evidence_within : milliseconds{0};
    }
    // A welded relay has opened the contactor, where there is one.
    bool contactor_is_open() const {
        const auto& relays = station.station().surroundings().relay_welded;
        return config().has_contactor &&
               std::ranges::any_of(relays, [](const Condition& welded) { return welded.holds; });
    }
    // As far as stationd knows, nothing but its own rules keeps it from giving power there.
    bool can_supply(std::size_t outlet) const {
        const Surroundings& around = station.station().surroundings();
        return !contactor_is_open() && !around.contactor_output_fault.holds &&
               !around.outlet_output_fault[outlet].holds && !around.meter_silent[outlet].holds &&
               !around.relay_welded[outlet].holds && !around.too_hot[outlet].holds;
    }
    const State& state() const { return station.station().state(); }
    // Who was let in, is not inside yet, and takes a place all the same.
    std::size_t let_in(const CredentialId& but_for) const {
        std::size_t count = 0;
        for (const DoorState& door : state().doors) {
            for (const Passage& passage : door.passages) {
                const bool counts = !passage.leaving && state().visit_of(passage.credential) == nullptr;
                if (counts && passage.credential != but_for) ++count;
            }
        }
        return count;
    }
};

class Oracle {
 public:
    explicit Oracle(const Scene& scene) : scene_(scene) {}
    Oracle(const Oracle&) = delete;
    Oracle& operator=(const Oracle&) = delete;
    virtual ~Oracle() = default;
    virtual std::string_view name() const = 0;

    virtual void on_action(const Action&, Now) {}  // what Station decides, before it is done
    virtual void on_record(const Record&, Now) {}  // the same, where it is a record
    virtual void on_lock(std::size_t /*door*/, bool /*released*/, Mono) {}  // its line
    virtual void on_outlet(std::size_t /*outlet*/, bool /*on*/, Mono) {}
    virtual void on_swipe(const Swipe&) {}
    virtual void on_swipe_end(const Swipe&) {}
    virtual void on_number_alone(unsigned /*number*/, Mono) {}  // typed, and no card laid there
    virtual void on_exit_pressed(std::size_t /*door*/, Mono) {}
    virtual void on_passed(std::size_t /*door*/, Mono) {}
    virtual void on_message(const simulated::BrokerMessage&) {}
    virtual void on_trouble(const Error&) {}  // what programs tell their journal
    virtual void on_reply(std::string_view) {}  // to a tool, as it comes
    virtual void on_said(std::uint64_t /*tool*/, std::string_view /*request*/, bool /*has_rights*/, Mono) {}
    virtual void on_answer(std::uint64_t /*tool*/, std::string_view /*line*/) {}  // a whole line of it
    // Another log: that of a start, before its first action, or one that takes the place of a damaged one in use.
    virtual void on_log(Mono) {}
    virtual void on_started(Mono) {}  // stationd runs again; its first actions came before
    // There is room in the log again: what goes on now has begun unrecorded.
    virtual void on_records_lost(Mono) {}
    virtual void on_died(Mono) {}
    virtual void every_second(Mono) {}
    virtual void at_end(Mono) {}  // faults have been over for long

    // The first thing that was wrong; empty: nothing.
    const std::string& verdict() const { return verdict_; }

 protected:
    void wrong(std::string what) {
        if (verdict_.empty()) verdict_ = std::move(what);
    }
    const Scene& scene_;

 private:
    std::string verdict_;
};

std::vector<std::unique_ptr<Oracle>> all_oracles(const Scene& scene);

}  // namespace yizhan::simulator
