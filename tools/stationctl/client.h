// The tool's end of the control socket. Blocks; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "drivers/ports/unique_fd.h"
#include "tools/stationctl/failure.h"

namespace yizhan {

class ControlClient {
 public:
    // Silence after which the station counts as unreachable.
    static constexpr std::chrono::seconds patience{10};
    static constexpr std::chrono::seconds list_patience{120};  // loading a long member list, verifying a long log

    static Tried<ControlClient> connect(const std::string& path);

    // Role as in protocol.h.
    Tried<nlohmann::json> hello(const std::string& role);
    // Adds the id, sends, waits for the reply. `file`: a descriptor to go with it; stays the caller's.
    Tried<nlohmann::json> request(nlohmann::json request, int file = -1, std::chrono::seconds limit = patience);
    // Waits without end for the next push. A signal that was caught ends the wait with null.
    Tried<nlohmann::json> next_push();

 private:
    explicit ControlClient(UniqueFd fd) : fd_(std::move(fd)) {}
    // Null where a signal came first and `interruptible`.
    Tried<nlohmann::json> read_object(int timeout_ms, bool interruptible);

    UniqueFd fd_;
    std::uint64_t last_id_ = 0;
    std::string in_;
    std::deque<nlohmann::json> pushes_;
};

}  // namespace yizhan
