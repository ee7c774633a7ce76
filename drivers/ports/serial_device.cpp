#include "drivers/ports/serial_device.h"

#include <sys/file.h>
#include <sys/ioctl.h>

#include <string_view>

namespace yizhan {
namespace {

constexpr std::string_view scheme = "serial:";

}  // namespace

Result<std::string> serial_device(const std::string& port) {
    if (!port.starts_with(scheme) || port.size() == scheme.size()) {
        return failure("port " + port + " is no serial line", "write serial:/dev/…");
    }
    return port.substr(scheme.size());
}

bool take_serial_line(int fd) { return flock(fd, LOCK_EX | LOCK_NB) == 0 && ioctl(fd, TIOCEXCL) == 0; }

void leave_serial_line(int fd) { ioctl(fd, TIOCNXCL); }

}  // namespace yizhan
