#include "drivers/ports/keyboard/keyboard_port.h"

#include <fcntl.h>
#include <linux/input.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "hal/check.h"
#include "hal/fixed_vector.h"

namespace yizhan {
namespace {

constexpr std::size_t events_at_once = 64;  // a turn; the rest is read in the next

bool types_digits(int fd) {
    std::array<unsigned char, KEY_MAX / 8 + 1> keys{};
    if (ioctl(fd, EVIOCGBIT(EV_KEY, keys.size()), keys.data()) < 0) return false;
    return (keys[KEY_1 / 8] >> (KEY_1 % 8) & 1) != 0 && (keys[KEY_ENTER / 8] >> (KEY_ENTER % 8) & 1) != 0;
}

Result<UniqueFd> open_keyboard(const std::string& device, std::string& name) {
    UniqueFd fd(::open(device.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!fd) return std::unexpected(device_error(device, errno));
    if (!types_digits(fd.get())) {
        return failure(device + " is no keyboard",
                       "take the reader's name under /dev/input/by-id that ends in -event-kbd");
    }
    if (ioctl(fd.get(), EVIOCGRAB, 1) != 0) return std::unexpected(device_error(device, errno));
    std::array<char, 80> told{};  // longer ones are cut
    name = ioctl(fd.get(), EVIOCGNAME(told.size() - 1), told.data()) >= 0 ? told.data() : "";
    return fd;
}

}  // namespace

KeyboardPort::KeyboardPort(SdEventLoop& loop, const std::string& device)
    : device_(device),
      file_(loop, *this,
            {.device = device, .open = [device, found = found_] { return open_keyboard(device, *found); }}) {}

void KeyboardPort::start(KeyPortListener& listener) {
    YZ_CHECK(listener_ == nullptr);
    listener_ = &listener;
    file_.start();
}

void KeyboardPort::on_opened(Now now) {
    keys_.forget();
    name_ = *found_;
    listener_->on_attached(now);
}

void KeyboardPort::on_absent(std::string_view why, Now now) {
    name_.clear();
    listener_->on_detached(why, now);
}

void KeyboardPort::on_ready(std::uint32_t ready, Now now) {
    std::array<input_event, events_at_once> events;
    const ssize_t got = ::read(file_.fd(), events.data(), sizeof(events));
    if (got <= 0) {
        const bool nothing_yet = got < 0 && (errno == EAGAIN || errno == EINTR);
        if (nothing_yet && (ready & (EPOLLHUP | EPOLLERR)) == 0) return;
        file_.lose(device_ + " went away: check plug and cable", now);
        return;
    }
    FixedVector<char, events_at_once> text;
    for (const input_event& event : std::span(events).first(static_cast<std::size_t>(got) / sizeof(input_event))) {
        if (event.type == EV_SYN && event.code == SYN_DROPPED) {
            keys_.forget();
            text.push_back(key_unknown);
        } else if (event.type == EV_KEY) {
            if (const auto typed = keys_.take(event.code, event.value)) text.push_back(*typed);
        }
    }
    if (!text.empty()) listener_->on_typed({text.begin(), text.size()}, now);
    // It may have been a card.
    explicit_bzero(events.data(), sizeof(events));
    explicit_bzero(text.begin(), text.size());
}

Result<std::unique_ptr<KeyPort>> KeyboardPorts::open_keyboard(const std::string& device) {
    return std::make_unique<KeyboardPort>(loop_, device);
}

}  // namespace yizhan
