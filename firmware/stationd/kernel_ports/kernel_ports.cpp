#include "firmware/stationd/kernel_ports/kernel_ports.h"

#include <sys/epoll.h>

#include <cstdio>
#include <optional>

#include "drivers/ports/append_file.h"
#include "drivers/ports/files.h"
#include "drivers/ports/gpio/gpio_port.h"
#include "drivers/ports/gpio/line_handover.h"
#include "drivers/ports/keyboard/keyboard_port.h"
#include "drivers/ports/modbus/modbus_line.h"
#include "drivers/ports/pcsc/pcsc_port.h"
#include "drivers/ports/serial/serial_port.h"
#include "drivers/ports/sound/loudspeaker.h"
#include "drivers/ports/unix_socket.h"
#include "drivers/ports/usb/usb_ports.h"
#include "drivers/ports/worker.h"
#include "drivers/recorder/recorded_ports.h"
#include "drivers/recorder/recorded_readers.h"
#include "drivers/recorder/recorder.h"
#include "firmware/stationd/hardware.h"

namespace yizhan {
namespace {

constexpr milliseconds handover_patience = std::chrono::seconds{3};

// By the prefix of the name. USB is looked at only where a reader is plugged into it.
class KernelBytePorts final : public BytePorts {
 public:
    explicit KernelBytePorts(SdEventLoop& loop) : loop_(loop), serial_(loop) {}

    Result<std::unique_ptr<BytePort>> open(const std::string& name, SerialLine line) override {
        if (name.starts_with("serial:")) return serial_.open(name, line);
        if (!usb_) {
            auto usb = UsbPorts::make(loop_);
            if (!usb) return std::unexpected(usb.error());
            usb_ = std::move(*usb);
        }
        return usb_->open(name, line);
    }

 private:
    SdEventLoop& loop_;
    SerialPorts serial_;
    std::unique_ptr<UsbPorts> usb_;
};

// The connection to station-failsafe, which drives every output safe when it closes, that is when this process ends,
// and when the loop no longer says that it turns.
class OutputGuard final : private LoopMember {
 public:
    OutputGuard(SdEventLoop& loop, KernelGpio& gpio) : loop_(loop), gpio_(gpio) {
        loop_.join(*this);
        auto taken = take_lines(failsafe_socket, handover_patience);
        if (!taken) {
            trouble_ = unguarded(taken.error().what);
            return;
        }
        for (HeldLine& held : taken->lines) gpio.take_over(held.name, std::move(held.line));
        connection_ = std::move(taken->connection);
        watch_ = loop.watch(connection_.get(), EPOLLIN | EPOLLRDHUP, [this](std::uint32_t) {
            watch_.reset();
            trouble_ = unguarded("it has ended");
        });
    }
    OutputGuard(const OutputGuard&) = delete;
    OutputGuard& operator=(const OutputGuard&) = delete;
    ~OutputGuard() override { loop_.leave(*this); }

    std::optional<Error> trouble() const {
        if (trouble_ || gpio_.own_outputs().empty()) return trouble_;
        const LineName& first = gpio_.own_outputs().front();
        return unguarded("it does not hold " + first.chip + ":" + first.line);
    }

 private:
    static constexpr milliseconds sign_of_life{1000};

    Mono next_deadline() const override { return watch_ ? says_at_ : never; }
    void advance(Now now) override {
        if (!watch_ || now.mono < says_at_) return;
        says_at_ = now.mono + sign_of_life;
        // One that does not take it is stuck: its watchdog ends it, and then the watch tells.
        static_cast<void>(send_whole(connection_.get(), "."));
    }
    static Error unguarded(const std::string& why) {
        return {"station-failsafe does not guard the outputs: " + why,
                "systemctl restart station-failsafe, then stationd at a quiet moment"};
    }

    SdEventLoop& loop_;
    const KernelGpio& gpio_;
    UniqueFd connection_;
    std::unique_ptr<FdWatch> watch_;  // while somebody guards
    Mono says_at_ = Mono::min();
    std::optional<Error> trouble_;
};

// What passes between drivers and ports, written down.
struct Recording {
    Recording(SdEventLoop& loop, std::unique_ptr<AppendFile> file, DriverPorts plain)
        : recorder(loop, std::make_unique<ThreadWorker>(loop, "recorder"), std::move(file)),
          gpio(plain.gpio, recorder),
          byte_ports(plain.bytes, recorder),
          contactless(plain.contactless, recorder),
          keyboards(plain.keys, recorder) {}
    Recorder recorder;
    RecordedGpio gpio;
    RecordedBytePorts byte_ports;
    RecordedContactlessPorts contactless;
    RecordedKeyPorts keyboards;
};

class KernelPorts final : public HardwarePorts {
 public:
    KernelPorts(SdEventLoop& loop, const Settings& settings, std::unique_ptr<AppendFile> record)
        : gpio_(loop),
          byte_ports_(loop),
          contactless_(loop),
          keyboards_(loop),
          modbus_(loop),
          guard_(loop, gpio_),
          sound_(settings.sound) {
        if (record) {
            recording_.emplace(loop, std::move(record),
                               DriverPorts{.gpio = gpio_,
                                           .bytes = byte_ports_,
                                           .contactless = contactless_,
                                           .keys = keyboards_,
                                           .modbus = modbus_});
        }
    }

    GpioPort& gpio() override { return recording_ ? static_cast<GpioPort&>(recording_->gpio) : gpio_; }
    BytePorts& byte_ports() override {
        return recording_ ? static_cast<BytePorts&>(recording_->byte_ports) : byte_ports_;
    }
    ContactlessPorts& contactless_ports() override {
        return recording_ ? static_cast<ContactlessPorts&>(recording_->contactless) : contactless_;
    }
    KeyPorts& key_ports() override { return recording_ ? static_cast<KeyPorts&>(recording_->keyboards) : keyboards_; }
    ModbusBuses& modbus_buses() override { return modbus_; }
    std::unique_ptr<SoundPort> sound() override {
        if (!sound_) return nullptr;
        SystemFiles files;
        return open_loudspeaker(files, sound_->device, sound_->directory, sound_->languages);
    }
    std::optional<Error> guard_trouble() const override { return guard_.trouble(); }

 private:
    KernelGpio gpio_;
    KernelBytePorts byte_ports_;
    PcscPorts contactless_;
    KeyboardPorts keyboards_;
    ModbusLines modbus_;
    OutputGuard guard_;
    std::optional<SoundSettings> sound_;
    std::optional<Recording> recording_;
};

}  // namespace

Result<std::unique_ptr<HardwarePorts>> kernel_ports(SdEventLoop& loop, const Settings& settings,
                                                    const std::string& record) {
    std::unique_ptr<AppendFile> file;
    if (!record.empty()) {
        auto created = create_file(record);
        if (!created) return std::unexpected(created.error());
        file = std::move(*created);
    }
    return std::make_unique<KernelPorts>(loop, settings, std::move(file));
}

}  // namespace yizhan
