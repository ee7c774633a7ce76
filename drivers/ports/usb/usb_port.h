#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "drivers/ports/byte_port.h"
#include "drivers/ports/usb/body_gate.h"
#include "drivers/ports/usb/usb_device.h"
#include "drivers/ports/worker.h"
#include "hal/event_loop.h"

namespace yizhan {

class UsbPorts;

// One place where a device can be plugged in, and whatever is plugged in there. Loop thread only; everything happens in
// advance(), outside of libusb's own calls.
//
// What waits for a device, a reset or clearing a stalled pipe, runs on a thread made for it (it may take seconds,
// during which the kernel keeps every other call to this device waiting too): the device is not used meanwhile.
// Cancelling and re-opening instead would not do: neither wakes up a reader that hangs.
class UsbPort final : public BytePort, private LoopMember {
 public:
    // `path` as under /sys/bus/usb/devices. The ports outlive this.
    UsbPort(UsbPorts& ports, std::string path);
    UsbPort(const UsbPort&) = delete;
    UsbPort& operator=(const UsbPort&) = delete;
    // Awaits cancelled transfers, for at most `longest_farewell`, and a repair under way, which the kernel bounds.
    ~UsbPort() override;

    void start(BytePortListener& listener) override;
    Result<void> send(std::span<const std::byte> request) override;
    void reset() override;
    std::string identity() const override { return attached() ? device_->identity() : std::string(); }

    const std::string& path() const { return path_; }
    // From the hot-plug events, outside of libusb's calls.
    void on_arrived(libusb_device& device, Now now);
    void on_left(libusb_device& device, Now now);

 private:
    static constexpr seconds longest_farewell{5};

    enum class Next : std::uint8_t { reopen, clear_halts, reset };
    // Nothing is plugged in.
    struct Absent {};
    // Something is plugged in, and opened at that time.
    struct Closed {
        Mono open_at;
    };
    struct Attached {
        Mono request_leaves_by = never;
    };
    // Everything was cancelled and is awaited.
    struct Leaving {
        std::string why;
        Next next;
    };
    // The worker has the device.
    struct Repairing {
        std::unique_ptr<Worker> worker;
        std::shared_ptr<Result<void>> result;
        Next what;
    };
    using State = std::variant<Absent, Closed, Attached, Leaving, Repairing>;

    Mono next_deadline() const override;
    void advance(Now now) override;

    void open(Now now);
    void look_at_done(Now now);
    void on_received(UsbTransfer& transfer, Now now);
    void pass_on(UsbTransfer& transfer, Now now);
    void pass_on_held(Now now);
    void on_end(const UsbTransfer& transfer);
    void leave(std::string why, Next next);
    void left(Now now);
    void repair(Next what);
    void on_repaired();
    void close(Now now);
    void tell_detached(std::string_view why, Now now);
    bool attached() const { return std::holds_alternative<Attached>(state_); }

    UsbPorts& ports_;
    const std::string path_;
    BytePortListener* listener_ = nullptr;
    libusb_device* plugged_in_ = nullptr;  // referenced
    std::unique_ptr<UsbDevice> device_;  // of what is, or was, plugged in
    State state_ = Absent{};
    bool told_attached_ = false;
    std::string told_why_;

    // Of an attached device with two IN pipes.
    BodyGate gate_;
    std::vector<UsbTransfer*> held_;
    int stalls_ = 0;  // since bytes came
};

}  // namespace yizhan
