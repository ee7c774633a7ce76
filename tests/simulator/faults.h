// What goes wrong, and when it is over.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hal/event_loop.h"
#include "tests/simulator/centre.h"
#include "tests/simulator/desk.h"
#include "tests/simulator/options.h"
#include "tests/simulator/people.h"
#include "tests/simulator/simulated_station.h"
#include "tests/simulator/site.h"
#include "tests/simulator/story.h"

namespace yizhan::simulator {

// What faults ask of the simulation, which does it between two steps: a program cannot be killed from inside its turn.
// The worst comes first.
enum class Blow : std::uint8_t { none, kill_uplink, restart_stationd, kill_stationd, cut_power };

// Joins the scheduler, as part of the world.
class Faults final : public LoopMember {
 public:
    Faults(const Options& options, testing::SimulatedStation& station, const Site& site, People& people, Centre& centre,
           Story& story);

    // A third of what is to go wrong waits for a moment in which it hurts: the seconds after somebody was let in or
    // out.
    void on_record(const Record& record, Now now);
    // From now on nothing goes wrong any more, and what is wrong is mended.
    void end();
    // The worst blow that is due, once.
    Blow take_blow() {
        stopped_ = false;
        if (blows_.empty()) return Blow::none;
        const Blow worst = *blows_.rbegin();
        // Without power nothing is left that could be killed.
        worst == Blow::cut_power ? blows_.clear() : static_cast<void>(blows_.erase(worst));
        return worst;
    }
    // With one of the writes that are next, while a program stops or starts.
    void cut_soon() {
        if (options_.has(FaultKind::power_cut_at_io) && io_left_ == 0 && dice_.one_in(3)) cut_at_io(60);
    }
    // The disk that a start is about to find.
    void before_start();
    unsigned log_damages() const { return log_damages_; }
    // In the middle of something; the power is to be cut now.
    bool machine_stopped() const { return stopped_; }
    std::uint64_t injected() const { return injected_; }

    // For oracles: since when nothing has disturbed this one; `never` while something does.
    Mono reader_undisturbed_since(std::size_t reader) const;
    Mono line_undisturbed_since(const LineName& line) const;
    Mono lock_undisturbed_since(std::size_t door) const;
    Mono contact_undisturbed_since(std::size_t door) const;
    Mono button_undisturbed_since(std::size_t door) const;
    Mono outlet_undisturbed_since(std::size_t outlet) const;  // its relay, and what its meter counts
    Mono all_outlets_undisturbed_since() const;  // and what feeds them
    Mono input_undisturbed_since(std::size_t input) const;  // its wire or its thermometer
    Mono inputs_undisturbed_since(InputKind kind) const;
    // Contacts, exit buttons and sensors: whatever the station counts people by.
    Mono count_undisturbed_since() const;
    // Neither its meter nor its thermometer has fallen silent or spoken again: each is missed for itself.
    Mono measuring_unchanged_since(std::size_t outlet) const {
        return measured_.contains(outlet) ? measured_.at(outlet) : Mono{};
    }
    // The wall clock may show a day that it is not.
    bool clock_moved() const;
    Mono clock_trusted_at() const { return trusted_at_; }  // when it last became so
    Mono disk_undisturbed_since() const { return disk_.since(); }
    // When settings were handed over last; never: they were bad ones.
    Mono good_settings_at() const { return good_settings_at_; }
    // The newest list a station was handed or may find at its start, and since when.
    struct Lists {
        std::uint64_t handed = 1;
        std::uint64_t placed = 1;
        Mono at;
    };
    const Lists& lists() const { return lists_; }
    // The wire of a contact is cut: it goes on saying what it said, and nobody can know.
    bool contact_lies(std::size_t door) const { return cut_[door] > 0; }
    bool disk_fails() const { return failing_disks_ > 0; }  // every write, at once
    // A disk is as slow for the next program as it was for the last.
    void slow_down();
    bool is_unplugged(const std::string& chip) const { return unplugged_.contains(chip); }
    bool disk_stalls() const { return stalls_ > 0; }
    const Desk& desk() const { return desk_; }
    unsigned revoked_in(std::uint64_t version) const { return revoked_[static_cast<std::size_t>(version - 1)]; }

    Mono next_deadline() const override { return next_; }
    void advance(Now now) override;

 private:
    struct Under {
        Mono ends;
        std::function<void()> mend;
    };
    // What any number of faults disturb at once.
    class Disturbed {
     public:
        void begin() {
            ++faults_;
            since_ = never;
        }
        void end(Mono settled) {
            if (--faults_ == 0) since_ = settled;
        }
        void touch(Mono settled) {
            if (faults_ == 0) since_ = std::max(since_, settled);
        }
        Mono since() const { return since_; }

     private:
        int faults_ = 0;
        Mono since_;
    };

    void blow(Blow blow) { blows_.insert(blow); }
    void plan(std::size_t kind);
    // Whether this station has what the fault is about.
    bool strike(FaultKind kind);
    bool unplug_reader();
    bool strike_id_card_reader(FaultKind kind);
    bool strike_number_reader();
    void answer_wrong(std::size_t reader);
    void put_at_the_edge(std::size_t reader);
    bool strike_line(FaultKind kind);
    void lose_edges(std::size_t door);
    bool mash_button();
    void press_again(std::size_t door, Mono until);
    void cut_wire();
    void unplug_chip();
    void silence_thermometers(std::size_t outlet, bool silent);
    bool strike_outlet(FaultKind kind);
    bool strike_thermometer(FaultKind kind);
    bool strike_input(FaultKind kind);
    bool strike_power(FaultKind kind);
    void cut_at_io(std::uint64_t writes);
    void stop_machine();
    void strike_disk(FaultKind kind);
    bool strike_log();
    void delete_damaged_logs();
    void damage_log();
    void strike_broker(FaultKind kind);
    void strike_collector();
    void strike_clock(FaultKind kind);
    void distrust(std::function<void()> mend);
    void change_settings();
    bool change_members();
    bool lock_down_behind_somebody();
    void command_by_tool();
    void command_by_centre();
    void say_for_centre(const Desk::Message& message);
    void put_in_order();
    void look_for_order();
    bool acknowledge(const State& state);
    void disk_lasts(milliseconds most, std::function<void()> mend);
    std::optional<std::size_t> any_of(const std::vector<std::size_t>& list);
    template <typename Is>
    std::optional<std::size_t> any_reader(Is is);
    LineName any_output();
    std::vector<LineName> all_lines() const;
    void disturb_chip(const std::string& chip, bool begins);
    void lasts(milliseconds least, milliseconds most, std::function<void()> mend);
    milliseconds between(milliseconds least, milliseconds most);
    void tell(std::string_view what);

    const Options& options_;
    testing::SimulatedStation& station_;
    const Site& site_;
    People& people_;
    Centre& centre_;
    Story& story_;
    simulated::Random dice_;
    Desk desk_;
    std::array<Mono, fault_kind_count> at_{};
    std::array<bool, fault_kind_count> waits_{};
    bool aimed_ = false;  // what strikes now waited for somebody at `at_reader_`
    std::optional<ReaderIndex> at_reader_;
    std::vector<Under> under_;
    std::set<Blow> blows_;
    bool ended_ = false;
    bool stopped_ = false;
    std::set<std::size_t> active_inputs_;  // by a fault: fire and tamper
    std::uint64_t injected_ = 0;
    std::vector<unsigned> revoked_{0};  // by version of the member list
    std::vector<Disturbed> readers_;
    std::map<LineName, Disturbed> lines_;
    std::vector<Disturbed> inputs_;  // their thermometers
    std::map<std::size_t, Mono> measured_;  // by outlet
    Disturbed disk_;
    Lists lists_;
    Mono good_settings_at_ = never;
    std::vector<int> cut_;  // wires of contacts, by door
    int untrusted_clocks_ = 0;
    int unset_clocks_ = 0;  // of those, of which no year is known
    Now knew_the_year_;  // the last time that a clock did
    Mono trusted_at_;
    int full_disks_ = 0;
    int failing_disks_ = 0;
    int stalls_ = 0;  // slow disks, and stopped ones
    int stopped_disks_ = 0;
    bool damages_at_start_ = false;
    unsigned log_damages_ = 0;
    std::multiset<std::string> unplugged_;  // chips
    std::uint64_t io_left_ = 0;  // writes until the power goes; 0: it does not
    Now now_;
    Mono next_ = Mono::min();
};

}  // namespace yizhan::simulator
