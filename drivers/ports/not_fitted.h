// Ports of a program that has no hardware of that kind: each request is refused by name, so that it says what is missing
// instead of starting half-configured.
#pragma once

#include <string>

#include "drivers/ports/byte_port.h"
#include "drivers/ports/contactless.h"
#include "drivers/ports/gpio.h"
#include "drivers/ports/key_port.h"

namespace yizhan {

class NoGpio final : public GpioPort {
 public:
    Result<std::unique_ptr<OutputLine>> request_output(const LineName& name, bool) override { return refuse(name); }
    Result<std::unique_ptr<InputLines>> request_inputs(std::span<const LineName> names, EdgeKind, Bias,
                                                       std::uint16_t) override {
        return refuse(names.front());
    }

 private:
    static std::unexpected<Error> refuse(const LineName& name) {
        return failure("line " + name.chip + ":" + name.line + ": this build has no GPIO port",
                       "use a build with libgpiod, or stationd-demo to try the station without hardware");
    }
};

class NoBytePorts final : public BytePorts {
 public:
    Result<std::unique_ptr<BytePort>> open(const std::string& name) override {
        return failure("port " + name + ": this build has no USB or serial port",
                       "use a build with libusb, or stationd-demo to try the station without hardware");
    }
};

class NoContactlessPorts final : public ContactlessPorts {
 public:
    Result<std::unique_ptr<ContactlessPort>> open_contactless(const std::string& name) override {
        return failure("port " + name + ": this build has no contactless port",
                       "use a build with libpcsclite, or stationd-demo to try the station without hardware");
    }
};

class NoKeyPorts final : public KeyPorts {
 public:
    Result<std::unique_ptr<KeyPort>> open_keyboard(const std::string& device) override {
        return failure("device " + device + ": this build has no keyboard port",
                       "use stationd-demo to try the station without hardware");
    }
};

}  // namespace yizhan
