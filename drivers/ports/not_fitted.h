// Ports of a program that has no hardware of that kind: each request is refused by name, so that it says what is
// missing instead of starting half-configured.
#pragma once

#include <string>

#include "drivers/ports/contactless.h"
#include "drivers/ports/key_port.h"

namespace yizhan {

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
