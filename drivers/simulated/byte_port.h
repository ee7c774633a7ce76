// The simulated twin of a USB bulk pipe or serial line: a cable in memory between a driver and a model of its device.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/ports/byte_port.h"

namespace yizhan::simulated {

// The driver's side is yizhan::BytePort; the rest is the device's. It keeps no time: whatever reaches the listener is
// called from a function of the device's side, so the device says when. One thread.
class BytePort : public yizhan::BytePort {
 public:
    // Bytes of one request; more is a programmer error.
    static constexpr std::size_t longest_request = 64;

    void start(BytePortListener& listener) override;
    Result<void> send(std::span<const std::byte> request) override;
    void reset() override { reset_asked_ = true; }
    std::string identity() const override { return attached_ ? "simulated" : ""; }

    // --- the device's side; nothing may be called from inside a call to the listener but the const functions.
    bool started() const { return listener_ != nullptr; }
    bool attached() const { return attached_; }
    bool has_request() const { return pending_.has_value(); }
    bool reset_asked() const { return reset_asked_; }
    // The request that waits, if any; only now the driver can send the next.
    std::optional<std::vector<std::byte>> take_request();
    // True once after each reset().
    bool take_reset();
    void attach(Now now);
    void detach(std::string_view why, Now now);
    // Only while attached and started.
    void deliver(std::span<const std::byte> bytes, Now now);
    // From now on nothing can be sent, as when a device stalls its OUT pipe.
    void refuse_sends(bool refuse) { refuse_sends_ = refuse; }

 private:
    BytePortListener* listener_ = nullptr;
    bool attached_ = false;
    bool reset_asked_ = false;
    bool refuse_sends_ = false;
    std::optional<std::vector<std::byte>> pending_;
};

}  // namespace yizhan::simulated
