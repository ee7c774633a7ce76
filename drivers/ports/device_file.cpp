#include "drivers/ports/device_file.h"

#include <sys/epoll.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "hal/check.h"

namespace yizhan {
namespace {

constexpr seconds pause_between_tries{1};

}  // namespace

DeviceFile::~DeviceFile() {
    if (thread_) loop_.leave(*this);
}

void DeviceFile::start() {
    YZ_CHECK(!thread_);
    thread_ = std::make_unique<DeviceThread>(loop_, access_);
    state_ = Closed{Mono::min()};
    loop_.join(*this);
}

void DeviceFile::wait_for_room(bool wanted) {
    std::get<Open>(state_).watch->modify(wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void DeviceFile::lose(const std::string& why, Now now) {
    YZ_CHECK(is_open());
    state_ = Closing{};
    told_.clear();
    thread_->close([this] { state_ = Closed{loop_.now().mono + pause_between_tries}; });
    user_.on_absent(why, now);
}

void DeviceFile::reopen(std::string why) {
    if (auto* open = std::get_if<Open>(&state_)) open->reopen_why = std::move(why);
}

Mono DeviceFile::next_deadline() const {
    if (const auto* closed = std::get_if<Closed>(&state_)) return closed->open_at;
    if (const auto* opening = std::get_if<Opening>(&state_)) return opening->tell_at;
    const auto* open = std::get_if<Open>(&state_);
    return open != nullptr && !open->reopen_why.empty() ? Mono::min() : never;
}

void DeviceFile::advance(Now now) {
    if (auto* open = std::get_if<Open>(&state_)) {
        lose(std::string(open->reopen_why), now);
    } else if (auto* opening = std::get_if<Opening>(&state_)) {
        opening->tell_at = never;
        tell_absent(access_.device + " hangs while it is opened: plug it in again, and check its power supply", now);
    } else if (std::holds_alternative<Closed>(state_)) {
        try_to_open(now);
    }
}

void DeviceFile::try_to_open(Now now) {
    state_ = Opening{now.mono + longest_silence};
    thread_->open([this](const Result<int>& opened) { on_opened(opened, loop_.now()); });
}

void DeviceFile::on_opened(const Result<int>& opened, Now now) {
    if (!opened) {
        state_ = Closed{now.mono + pause_between_tries};
        const Error& error = opened.error();
        return tell_absent(error.cure.empty() ? error.what : error.what + ": " + error.cure, now);
    }
    told_.clear();
    state_ = Open{*opened,
                  loop_.watch(*opened, EPOLLIN, [this](std::uint32_t ready) { user_.on_ready(ready, loop_.now()); }),
                  {}};
    user_.on_opened(now);
}

void DeviceFile::tell_absent(std::string why, Now now) {
    if (why == told_) return;
    told_ = std::move(why);
    user_.on_absent(told_, now);
}

Error device_error(const std::string& device, int error) {
    switch (error) {
        case ENOENT:
        case ENODEV:
        case ENXIO:
            return {device + " is not there", "plug it in, or correct its name in the settings"};
        case EACCES:
            return {"no right to open " + device,
                    "let a udev rule give it to the group yizhan-devices (70-yizhan.rules)"};
        case EPERM:
            // Not the file's rights: the unit's list of devices, made when it starts from the kernel's names of then.
            return {"the unit does not allow " + device,
                    "restart stationd; where that does not help, name it in DeviceAllow= of the unit (/proc/devices)"};
        case EBUSY:
        case EWOULDBLOCK:
            return {"another program uses " + device, "stop it (fuser -v " + device + " names it)"};
        case EMFILE:
        case ENFILE:
            return {device + ": too many open files", "raise LimitNOFILE= of the unit"};
        default:
            return {device + ": " + std::generic_category().message(error), {}};
    }
}

}  // namespace yizhan
