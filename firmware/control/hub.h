// What the sessions of one control socket share. Private to firmware/control.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "firmware/control/backend.h"

namespace yizhan {

class ControlSession;

class ControlHub {
 public:
    explicit ControlHub(ControlBackend& station) : backend(station) {}

    ControlBackend& backend;
    // Somebody has to do something in settle(), and none is on its way.
    bool due = false;
    std::uint64_t clients_dropped = 0;
    std::uint64_t stored = 0;  // newest stored record we heard of
    // Who asked for the cards of a reader; null: nobody.
    std::array<const ControlSession*, max_readers> enrolling{};
    // Whose word UplinkStatus is; null: nobody's who is still there.
    const ControlSession* uplink = nullptr;

    std::uint64_t next_request() { return ++last_request_; }

    // The state document. state_changed() says that it may have; the version moves if it has.
    void state_changed() { state_stale_ = true; }
    bool state_stale() const { return state_stale_; }
    std::uint64_t state_version() const { return state_version_; }
    void refresh_state(Now now);
    const std::string& state_push() const { return state_push_; }  // a whole line

 private:
    std::uint64_t last_request_ = 0;
    bool state_stale_ = true;
    std::uint64_t state_version_ = 0;
    std::string state_without_time_;
    std::string state_push_;
};

}  // namespace yizhan
