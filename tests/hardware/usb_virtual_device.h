// A USB device made of a socket: the kernel's virtual host controller (vhci-hcd) speaks the USB/IP protocol to it
// (Documentation/usb/usbip_protocol.rst). It has the descriptors of an ID-card reader and knows nothing of cards.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/unique_fd.h"
#include "hal/error.h"

namespace yizhan {

enum class UsbProfile : std::uint8_t {
    four_pipes,  // OUT 02 06, IN 81 85
    one_pair,  // IN 81, OUT 02
    interrupt_pair,  // the same as interrupt pipes
    hid,
    no_pipes,
};

struct UsbCounts {
    std::uint64_t transfers = 0;
    std::uint64_t unlinks = 0;
    std::uint64_t halts_cleared = 0;
    std::uint64_t configured = 0;  // when it is plugged in, and by every reset
};

class VirtualUsbDevice {
 public:
    static constexpr std::size_t packet = 64;
    static constexpr std::uint8_t head_in = 0x81;  // also of one pair
    static constexpr std::uint8_t body_in = 0x85;

    struct Calls {
        std::function<void(std::uint8_t endpoint, std::span<const std::byte>)> on_out;
        std::function<void()> on_configured;
        std::function<void()> on_ejected;  // the kernel let go of it
    };

    // Plugs it into a port (0 to 7) of the virtual hub.
    static Result<std::unique_ptr<VirtualUsbDevice>> plug(SdEventLoop& loop, int port, UsbProfile profile, Calls calls,
                                                          UsbCounts& counts);
    // The path of that port, as under /sys/bus/usb/devices.
    static std::string path_of(int port);

    // Unplugs it: closes the socket.
    ~VirtualUsbDevice() = default;
    VirtualUsbDevice(const VirtualUsbDevice&) = delete;
    VirtualUsbDevice& operator=(const VirtualUsbDevice&) = delete;

    // What the device has to say, in packets of at most 64 bytes; an empty one is a packet too.
    void say(std::uint8_t endpoint, std::span<const std::byte> bytes);
    void say_nothing(std::uint8_t endpoint);
    // The next so many times it has something to say, it stalls instead.
    void stall(int times) { stalls_ = times; }
    // Takes nothing from now on: what is sent waits until the host gives up.
    void deafen() { deaf_ = true; }

 private:
    using Bytes = std::vector<std::byte>;
    struct Request {
        std::uint32_t number;
        std::size_t longest;
        Bytes data;
    };
    struct InPipe {
        std::deque<Request> requests;
        std::deque<Bytes> packets;
        bool halted = false;
    };

    VirtualUsbDevice(SdEventLoop& loop, UniqueFd socket, UsbProfile profile, Calls calls, UsbCounts& counts);
    void on_ready();
    // The bytes of the first whole message; 0 if there is none yet.
    std::size_t handle_message();
    void unlink(std::uint32_t number, std::uint32_t victim);
    void control(std::uint32_t number, std::span<const std::byte> setup, std::size_t longest);
    void configure();
    Bytes descriptor(std::uint8_t kind) const;
    void serve(std::uint8_t endpoint);
    void answer(std::uint32_t number, int status, std::size_t length, std::span<const std::byte> data = {});
    void write(std::span<const std::byte> bytes);

    const UsbProfile profile_;
    const Calls calls_;
    UsbCounts& counts_;
    UniqueFd socket_;
    Bytes received_;
    std::map<std::uint8_t, InPipe> in_;
    int stalls_ = 0;
    bool deaf_ = false;
    std::vector<std::uint32_t> refused_;
    std::unique_ptr<FdWatch> watch_;  // dies before the socket
};

}  // namespace yizhan
