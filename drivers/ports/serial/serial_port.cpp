#include "drivers/ports/serial/serial_port.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "drivers/ports/serial_device.h"
#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::size_t read_at_once = 4096;  // bytes a turn; the longest reply of an ID-card reader has 2321

speed_t constant_of(unsigned speed) {
    struct Speed {
        unsigned baud;
        speed_t constant;
    };
    static constexpr std::array<Speed, 6> speeds{
        {{4800, B4800}, {9600, B9600}, {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}}};
    const auto* found = std::ranges::find(speeds, speed, &Speed::baud);
    YZ_CHECK(found != speeds.end());
    return found->constant;
}

bool make_raw(int fd, SerialLine wanted) {
    termios line{};
    if (tcgetattr(fd, &line) != 0) return false;
    cfmakeraw(&line);
    // CLOCAL: readers have no carrier line. VMIN 1, so that reading nothing can only mean that the line is gone.
    line.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
    line.c_cflag |= CLOCAL | CREAD | HUPCL;
    line.c_cc[VMIN] = 1;
    line.c_cc[VTIME] = 0;
    if (wanted.even_parity) line.c_cflag |= PARENB;
    return cfsetspeed(&line, constant_of(wanted.speed)) == 0 && tcsetattr(fd, TCSANOW, &line) == 0;
}

Result<UniqueFd> open_line(const std::string& device, SerialLine line) {
    UniqueFd fd(::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!fd) return std::unexpected(device_error(device, errno));
    if (isatty(fd.get()) == 0) return failure(device + " is not a serial line", "correct the port in the settings");
    if (!take_serial_line(fd.get())) return std::unexpected(device_error(device, errno));
    // Whatever was said before is nobody's answer.
    if (!make_raw(fd.get(), line) || tcflush(fd.get(), TCIOFLUSH) != 0) {
        return std::unexpected(device_error(device, errno));
    }
    return fd;
}

// Closing would wait for what has not left, up to 30 s on an adapter that is stuck.
void let_go(int fd) {
    tcflush(fd, TCIOFLUSH);
    leave_serial_line(fd);
}

}  // namespace

SerialPort::SerialPort(SdEventLoop& loop, const std::string& device, SerialLine line)
    : device_(device),
      file_(loop, *this,
            {.device = device, .open = [device, line] { return open_line(device, line); }, .let_go = let_go}) {}

void SerialPort::start(BytePortListener& listener) {
    YZ_CHECK(listener_ == nullptr);
    listener_ = &listener;
    file_.start();
}

void SerialPort::on_opened(Now now) {
    out_size_ = out_gone_ = 0;
    listener_->on_attached(now);
}

void SerialPort::on_absent(std::string_view why, Now now) { listener_->on_detached(why, now); }

Result<void> SerialPort::send(std::span<const std::byte> request) {
    YZ_CHECK(request.size() <= longest_request);
    if (!file_.is_open()) return failure(device_ + ": not attached", "check the cable");
    if (out_gone_ < out_size_) return failure(device_ + ": the last request has not left yet", "wait for the reply");
    std::ranges::copy(request, out_.begin());
    out_size_ = request.size();
    out_gone_ = 0;
    return write();
}

Result<void> SerialPort::write() {
    const ssize_t taken = ::write(file_.fd(), out_.data() + out_gone_, out_size_ - out_gone_);
    const int error = taken < 0 ? errno : 0;
    if (taken > 0) out_gone_ += static_cast<std::size_t>(taken);
    const bool failed = error != 0 && error != EAGAIN && error != EINTR;
    // That a line has hung up is told in one place: reading meets it in the next turn.
    if (failed) out_gone_ = out_size_;
    file_.wait_for_room(out_gone_ < out_size_);
    if (failed) return std::unexpected(device_error(device_, error));
    return {};
}

void SerialPort::on_ready(std::uint32_t ready, Now now) {
    // A failure of the rest is noticed as a reply that does not come.
    if ((ready & EPOLLOUT) != 0 && out_gone_ < out_size_) static_cast<void>(write());
    if ((ready & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read((ready & (EPOLLHUP | EPOLLERR)) != 0, now);
}

void SerialPort::read(bool hung_up, Now now) {
    std::array<std::byte, read_at_once> buffer;
    const ssize_t got = ::read(file_.fd(), buffer.data(), buffer.size());
    if (got > 0) {
        listener_->on_bytes(std::span(buffer).first(static_cast<std::size_t>(got)), now);
        // It may have been a card.
        explicit_bzero(buffer.data(), static_cast<std::size_t>(got));
        return;
    }
    const bool nothing_yet = got < 0 && (errno == EAGAIN || errno == EINTR);
    if (nothing_yet && !hung_up) return;
    file_.lose(device_ + " went away: check plug and cable", now);
}

void SerialPort::reset() { file_.reopen(device_ + " is opened anew"); }

Result<std::unique_ptr<BytePort>> SerialPorts::open(const std::string& name, SerialLine line) {
    auto device = serial_device(name);
    if (!device) return std::unexpected(std::move(device.error()));
    return std::make_unique<SerialPort>(loop_, *device, line);
}

}  // namespace yizhan
