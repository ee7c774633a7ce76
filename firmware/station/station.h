// Station decides. Pure: it knows no hardware, file or socket, and cannot ask what time it is.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/station/action.h"
#include "firmware/station/config.h"
#include "firmware/station/event.h"
#include "firmware/station/state.h"
#include "hal/time.h"

namespace yizhan {

// What Station has been told since its start and does not need to remember beyond it: levels and health.
struct Surroundings {
    const MemberList* members = nullptr;
    bool log_full = false;
    std::uint64_t stored = 0;  // newest record known to be stored
    std::array<bool, max_doors> exit_pressed{};
    std::array<std::optional<bool>, max_doors> contact_open{};
    std::array<bool, max_inputs> input_active{};
    std::array<ReaderHealth, max_readers> reader_health{};
};

class Station {
 public:
    // `restored`: the fold of all stored records. `boot` names this boot of the machine: stamps of another boot are
    // brought over by wall time. `config` outlives the station.
    Station(const StationConfig& config, const State& restored, std::uint64_t boot);

    // Once, before the first event: records the start and sets every output.
    void start(Now now, Actions& out);
    // Appends what is to be done to `out`. Same state, event and now: same actions. No allocation.
    void handle(const Event& event, Now now, Actions& out);
    Mono next_deadline() const;

    const State& state() const { return state_; }
    const Surroundings& surroundings() const { return around_; }
    const StationConfig& config() const { return *config_; }
    // Adopted whole between two events: same doors, readers, outlets and inputs by position.
    void adopt(const StationConfig& config) { config_ = &config; }

 private:
    const StationConfig* config_;
    State state_;
    Surroundings around_;
    std::uint64_t boot_ = 0;
};

}  // namespace yizhan
