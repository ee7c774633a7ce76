// USB devices as byte ports, through libusb inside the loop: no thread but those libusb (hot-plug) and a repair need.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "drivers/ports/byte_port.h"
#include "drivers/ports/event_loop.h"

struct libusb_context;
struct libusb_device;

namespace yizhan {

class UsbPort;

// Opens "usb:<port path>", the path as under /sys/bus/usb/devices, e.g. "usb:1-1.4": a device is known by where it is
// plugged in, for all readers of a make have the same VID:PID and no serial number. What is plugged in there is looked
// at only for its pipes. Loop thread only. Outlives its ports.
class UsbPorts final : public BytePorts, private LoopMember {
 public:
    static Result<std::unique_ptr<UsbPorts>> make(SdEventLoop& loop);
    UsbPorts(const UsbPorts&) = delete;
    UsbPorts& operator=(const UsbPorts&) = delete;
    ~UsbPorts() override;

    Result<std::unique_ptr<BytePort>> open(const std::string& name, SerialLine line) override;

 private:
    friend class UsbPort;
    struct HotPlug {
        libusb_device* device;  // referenced
        bool arrived;
    };

    UsbPorts(SdEventLoop& loop, libusb_context* context);
    Mono next_deadline() const override { return hot_plugs_.empty() ? never : Mono::min(); }
    void advance(Now now) override;

    void add(UsbPort& port, Now now);
    void remove(UsbPort& port);
    void handle_events(milliseconds longest_wait);
    void watch(int fd, short events);
    static std::string path_of(libusb_device& device);

    SdEventLoop& loop_;
    libusb_context* const context_;
    std::map<int, std::unique_ptr<FdWatch>> watches_;
    std::vector<HotPlug> hot_plugs_;  // as they came, until the end of the turn
    std::vector<UsbPort*> ports_;
};

}  // namespace yizhan
