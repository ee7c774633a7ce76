// The seam to a device that speaks bytes: USB bulk pipes (drivers/ports/usb) or a serial line (drivers/ports/serial);
// simulated in drivers/simulated/byte_port.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "hal/error.h"
#include "hal/time.h"

namespace yizhan {

class BytePortListener {
 public:
    virtual ~BytePortListener() = default;
    // The device is there (again): anything said before is lost.
    virtual void on_attached(Now now) = 0;
    // The device is gone, or the port failed; `why` for maintenance. Told again while it is gone
    // if there is another reason. on_attached follows when it is back.
    virtual void on_detached(std::string_view why, Now now) = 0;
    // In any split.
    virtual void on_bytes(std::span<const std::byte> bytes, Now now) = 0;
};

// Loop thread only; nothing waits. Destroying it cancels and awaits whatever is under way.
class BytePort {
 public:
    virtual ~BytePort() = default;
    // Never calls the listener from inside.
    virtual void start(BytePortListener& listener) = 0;
    // One request, at most 64 bytes. Fails while detached, and while the last request has not left yet.
    virtual Result<void> send(std::span<const std::byte> request) = 0;
    // Bring the device back to its senses (USB reset, re-open): detached and attached follow.
    virtual void reset() = 0;
    // What is attached, for maintenance: "0400:c35a" of a USB device. Empty: nothing, or it cannot be told.
    virtual std::string identity() const { return {}; }
};

// How a serial line speaks: 8 data bits, 1 stop bit, no handshake. USB does not need to know.
struct SerialLine {
    unsigned speed = 115200;  // baud: 4800, 9600, 19200, 38400, 57600 or 115200
    bool even_parity = false;
    bool operator==(const SerialLine&) const = default;
};

// Opens ports by the name the settings give them: "usb:<port path>" or "serial:<device>". A device that is not there
// yet is no error: the port reports it attached when it comes.
class BytePorts {
 public:
    virtual ~BytePorts() = default;
    virtual Result<std::unique_ptr<BytePort>> open(const std::string& name, SerialLine line) = 0;
};

}  // namespace yizhan
