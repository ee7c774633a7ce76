// Keyboard-style readers through the kernel's input devices (evdev).
#pragma once

#include <memory>
#include <string>

#include "drivers/ports/device_file.h"
#include "drivers/ports/key_port.h"
#include "drivers/ports/keyboard/key_text.h"

namespace yizhan {

// One device, grabbed: without that, everybody who swipes would type into the console. Unplugged and plugged in again,
// it goes on. Loop thread only.
class KeyboardPort final : public KeyPort, private DeviceFileUser {
 public:
    // The loop outlives it.
    KeyboardPort(SdEventLoop& loop, const std::string& device);

    void start(KeyPortListener& listener) override;
    std::string identity() const override { return name_; }

 private:
    void on_opened(Now now) override;
    void on_absent(std::string_view why, Now now) override;
    void on_ready(std::uint32_t ready, Now now) override;

    const std::string device_;
    // As the device tells it: written by the thread that opens, read once that is done.
    const std::shared_ptr<std::string> found_ = std::make_shared<std::string>();
    DeviceFile file_;
    KeyPortListener* listener_ = nullptr;
    KeyText keys_;
    std::string name_;  // of what is attached
};

class KeyboardPorts final : public KeyPorts {
 public:
    // The loop outlives the ports.
    explicit KeyboardPorts(SdEventLoop& loop) : loop_(loop) {}
    Result<std::unique_ptr<KeyPort>> open_keyboard(const std::string& device) override;

 private:
    SdEventLoop& loop_;
};

}  // namespace yizhan
