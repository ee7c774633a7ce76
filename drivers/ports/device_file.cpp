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
    if (started_) loop_.leave(*this);
}

void DeviceFile::start() {
    YZ_CHECK(!started_);
    started_ = true;
    try_at_ = Mono::min();
    loop_.join(*this);
}

void DeviceFile::wait_for_room(bool wanted) { watch_->modify(wanted ? EPOLLIN | EPOLLOUT : EPOLLIN); }

void DeviceFile::lose(const std::string& why, Now now) {
    watch_.reset();
    fd_.reset();
    reopen_why_.clear();
    told_.clear();
    try_at_ = now.mono + pause_between_tries;
    user_.on_absent(why, now);
}

void DeviceFile::reopen(std::string why) {
    if (is_open()) reopen_why_ = std::move(why);
}

Mono DeviceFile::next_deadline() const { return reopen_why_.empty() ? try_at_ : Mono::min(); }

void DeviceFile::advance(Now now) {
    if (!reopen_why_.empty()) {
        lose(std::exchange(reopen_why_, {}), now);
    } else if (now.mono >= try_at_) {
        try_to_open(now);
    }
}

void DeviceFile::try_to_open(Now now) {
    auto opened = user_.open_device();
    if (!opened) {
        try_at_ = now.mono + pause_between_tries;
        std::string why = opened.error().what;
        if (!opened.error().cure.empty()) why += ": " + opened.error().cure;
        if (why == told_) return;
        told_ = std::move(why);
        user_.on_absent(told_, now);
        return;
    }
    fd_ = std::move(*opened);
    try_at_ = never;
    told_.clear();
    watch_ = loop_.watch(fd_.get(), EPOLLIN, [this](std::uint32_t ready) { user_.on_ready(ready, loop_.now()); });
    user_.on_opened(now);
}

Error device_error(const std::string& device, int error) {
    switch (error) {
        case ENOENT:
        case ENODEV:
        case ENXIO:
            return {device + " is not there", "plug it in, or correct its name in the settings"};
        case EACCES:
        case EPERM:
            return {"no right to open " + device,
                    "let a udev rule give it to the group yizhan-devices (70-yizhan.rules)"};
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
