#include "drivers/ports/notify.h"

#include <systemd/sd-daemon.h>

#include <string>

namespace yizhan {
namespace {

// A service manager that cannot be told is not an error of the program; it has its own time limits.
void tell_service_manager(const std::string& message) { static_cast<void>(sd_notify(0, message.c_str())); }

}  // namespace

void notify_ready() { tell_service_manager("READY=1"); }

void notify_status(std::string_view line) {
    tell_service_manager("STATUS=" + std::string(line.substr(0, line.find('\n'))));
}

void notify_stopping() { tell_service_manager("STOPPING=1"); }

}  // namespace yizhan
