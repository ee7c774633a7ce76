#include "drivers/simulated/byte_port.h"

#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {

void BytePort::start(BytePortListener& listener) {
    YZ_CHECK(listener_ == nullptr);
    listener_ = &listener;
}

Result<void> BytePort::send(std::span<const std::byte> request) {
    YZ_CHECK(request.size() <= longest_request);
    if (!attached_) return failure("simulated port: not attached", "attach the device");
    if (refuse_sends_) return failure("simulated port: the device takes nothing", "reset it");
    if (pending_) return failure("simulated port: the last request has not left yet", "wait for the reply");
    pending_.emplace(request.begin(), request.end());
    return {};
}

std::optional<std::vector<std::byte>> BytePort::take_request() { return std::exchange(pending_, std::nullopt); }

bool BytePort::take_reset() { return std::exchange(reset_asked_, false); }

void BytePort::attach(Now now) {
    YZ_CHECK(started());
    attached_ = true;
    pending_.reset();
    listener_->on_attached(now);
}

void BytePort::detach(std::string_view why, Now now) {
    YZ_CHECK(started());
    attached_ = false;
    pending_.reset();
    listener_->on_detached(why, now);
}

void BytePort::deliver(std::span<const std::byte> bytes, Now now) {
    YZ_CHECK(started() && attached_);
    listener_->on_bytes(bytes, now);
}

}  // namespace yizhan::simulated
