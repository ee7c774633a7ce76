#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "firmware/control/backend.h"
#include "firmware/control/protocol.h"
#include "hal/event_loop.h"
#include "hal/stream.h"

namespace yizhan {

// carry: what uplink and maintenance both may, and nobody has alone.
enum class Right : std::uint8_t { none, read, carry, uplink, maintenance };

// Numeric ids, resolved from names at start.
struct ControlRights {
    std::optional<std::uint32_t> maintenance_group;
    std::optional<std::uint32_t> read_only_group;
    std::optional<std::uint32_t> uplink_user;
};
// What a peer may do by what the kernel says of it. uid 0: maintenance.
Right right_of(const PeerIdentity& peer, const ControlRights& rights);

// Serves the control socket. Everything it does for clients waits for settle(): nothing here stands between a swipe
// and a door. A client that does not read is dropped at control_send_limit. Loop thread only.
class ControlServer : public LoopMember {
 public:
    ControlServer(EventLoop& loop, StreamServer& listener, ControlBackend& backend, const ControlRights& rights);
    ~ControlServer() override;

    // From the wiring. None of these sends, formats or allocates before settle(), except where a client waits.
    void on_answer(std::uint64_t request, Outcome refusal);
    void on_enrolled(const CardEnrolled& card);
    void on_record(const Record& record);  // just appended: for "live"; bounded, the oldest is dropped
    void on_stored(std::uint64_t upto);
    void on_changed();  // something in the state document may have changed
    std::uint64_t clients_dropped() const;

    Mono next_deadline() const override;
    void advance(Now now) override;
    void settle(Now now) override;

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace yizhan
