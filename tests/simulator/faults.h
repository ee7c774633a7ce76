// What goes wrong, and when it is over.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "hal/event_loop.h"
#include "tests/simulator/options.h"
#include "tests/simulator/people.h"
#include "tests/simulator/simulated_station.h"
#include "tests/simulator/story.h"

namespace yizhan::simulator {

// What faults ask of the simulation, which does it between two steps: a program cannot be killed from inside its turn.
enum class Blow : std::uint8_t { none, kill_stationd, restart_stationd, kill_uplink, cut_power };

// Joins the scheduler, as part of the world.
class Faults final : public LoopMember {
 public:
    Faults(const Options& options, testing::SimulatedStation& station, const People& people, Story& story);

    // From now on nothing goes wrong any more, and what is wrong is mended.
    void end();
    // The blow that is due, once.
    Blow take_blow() { return std::exchange(blow_, Blow::none); }
    std::uint64_t injected() const { return injected_; }

    // For oracles: since when nothing has disturbed this reader or this contact; `never` while something does.
    Mono reader_undisturbed_since(std::size_t reader) const;
    Mono wires_undisturbed_since() const { return wires_; }
    Mono contact_undisturbed_since() const { return contact_; }  // of the door alone
    // The wall clock may show a day that it is not.
    bool clock_moved() const;
    Mono disk_undisturbed_since() const { return disk_; }
    unsigned revoked_in(std::uint64_t version) const { return revoked_[static_cast<std::size_t>(version - 1)]; }

    Mono next_deadline() const override { return next_; }
    void advance(Now now) override;

 private:
    struct Under {
        Mono ends;
        std::function<void()> mend;
    };
    void plan(std::size_t kind);
    void strike(FaultKind kind);
    void disturb(std::size_t reader);
    void calm(std::size_t reader);
    void strike_reader();
    void strike_disk(FaultKind kind);
    void strike_broker(FaultKind kind);
    void strike_clock(FaultKind kind);
    void change_settings();
    void change_members();
    void command_by_tool();
    void put_in_order();
    void disk_lasts(milliseconds most, std::function<void()> mend);
    void lasts(milliseconds least, milliseconds most, std::function<void()> mend);
    milliseconds between(milliseconds least, milliseconds most);
    void tell(std::string_view what);

    const Options& options_;
    testing::SimulatedStation& station_;
    const People& people_;
    Story& story_;
    simulated::Random dice_;
    std::array<Mono, fault_kind_count> at_{};
    std::vector<Under> under_;
    Blow blow_ = Blow::none;
    bool ended_ = false;
    bool tampered_ = false;
    std::uint64_t injected_ = 0;
    std::vector<unsigned> revoked_{0};  // by version of the member list
    std::array<Mono, reader_count> readers_{};
    std::array<int, reader_count> wrong_with_{};  // faults that go on
    Mono wires_;
    Mono contact_;
    Mono disk_;
    int disk_faults_ = 0;  // that go on
    int cut_wires_ = 0;
    Now now_;
    Mono next_ = Mono::min();
};

}  // namespace yizhan::simulator
