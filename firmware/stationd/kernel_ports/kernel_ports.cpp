#include "firmware/stationd/kernel_ports/kernel_ports.h"

#include <sys/epoll.h>

#include <cstdio>
#include <optional>

#include "drivers/ports/append_file.h"
#include "drivers/ports/files.h"
#include "drivers/ports/gpio/gpio_port.h"
#include "drivers/ports/gpio/line_handover.h"
#include "drivers/ports/keyboard/keyboard_port.h"
#include "drivers/ports/pcsc/pcsc_port.h"
#include "drivers/ports/serial/serial_port.h"
#include "drivers/ports/sound/loudspeaker.h"
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

    Result<std::unique_ptr<BytePort>> open(const std::string& name) override {
        if (name.starts_with("serial:")) return serial_.open(name);
        if (!usb_) {
            auto usb = UsbPorts::make(loop_);
            if (!usb) return std::unexpected(usb.error());
            usb_ = std::move(*usb);
        }
        return usb_->open(name);
    }

 private:
    SdEventLoop& loop_;
    SerialPorts serial_;
    std::unique_ptr<UsbPorts> usb_;
};

// The connection to station-failsafe, which drives every output safe when it closes: when this process ends.
class OutputGuard {
 public:
    OutputGuard(SdEventLoop& loop, KernelGpio& gpio) {
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
    const std::optional<Error>& trouble() const { return trouble_; }

 private:
    static Error unguarded(const std::string& why) {
        return {"station-failsafe does not guard the outputs: " + why,
                "systemctl restart station-failsafe, then stationd at a quiet moment"};
    }

    UniqueFd connection_;
    std::unique_ptr<FdWatch> watch_;
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
          guard_(loop, gpio_),
          sound_(settings.sound) {
        if (record) {
            recording_.emplace(
                loop, std::move(record),
                DriverPorts{.gpio = gpio_, .bytes = byte_ports_, .contactless = contactless_, .keys = keyboards_});
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
