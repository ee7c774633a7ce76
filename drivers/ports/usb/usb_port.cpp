#include "drivers/ports/usb/usb_port.h"

#include <fmt/format.h>
#include <libusb.h>

#include <type_traits>
#include <utility>

#include "drivers/ports/usb/usb_ports.h"
#include "hal/check.h"

namespace yizhan {
namespace {

// Between two attempts to open a device that is there.
constexpr seconds retry_pause{1};
// A device that takes no request for so long will not take it: it is withdrawn, so that the next can be tried.
constexpr seconds request_patience{1};
constexpr int most_stalls = 3;  // without a byte between; then the device is reset
constexpr std::size_t longest_port_request = 64;

std::string in_words(const Error& error) { return error.cure.empty() ? error.what : error.what + ": " + error.cure; }

}  // namespace

UsbPort::UsbPort(UsbPorts& ports, std::string path) : ports_(ports), path_(std::move(path)) {
    held_.reserve(UsbDevice::packets_ahead);
    ports_.loop_.join(*this);
    ports_.add(*this, ports_.loop_.now());
}

UsbPort::~UsbPort() {
    state_ = Absent{};  // a repair ends here
    if (device_) {
        device_->cancel();
        const milliseconds step{100};
        for (nanoseconds waited{0}; device_->pending() > 0 && waited < longest_farewell; waited += step) {
            ports_.handle_events(step);
        }
        // Never seen, and a fault of the kernel: it could still write there.
        if (device_->pending() > 0) static_cast<void>(device_.release());
    }
    device_.reset();
    if (plugged_in_ != nullptr) libusb_unref_device(plugged_in_);
    ports_.remove(*this);
    ports_.loop_.leave(*this);
}

void UsbPort::start(BytePortListener& listener) {
    YZ_CHECK(listener_ == nullptr);
    listener_ = &listener;
}

Result<void> UsbPort::send(std::span<const std::byte> request) {
    YZ_CHECK(request.size() <= longest_port_request);
    auto* here = std::get_if<Attached>(&state_);
    if (here == nullptr) return failure("usb:" + path_ + ": no reader there, or it is being reset", "wait for it");
    if (device_->sending())
        return failure("usb:" + path_ + ": the last request has not left yet", "wait for the reply");
    // Where a body still waits for its head, the head was lost.
    gate_.restart();
    Result<void> sent;
    for (UsbTransfer* transfer : held_) {
        UsbDevice::wipe(*transfer);
        if (sent) sent = device_->listen(*transfer);
    }
    held_.clear();
    if (sent) sent = device_->send(request);
    here->request_leaves_by = ports_.loop_.now().mono + request_patience;
    if (!sent) leave(in_words(sent.error()), Next::reopen);
    return sent;
}

// Nothing to do where nothing is open, or where the device is with the worker: it is opened anew, or reset, anyway.
void UsbPort::reset() {
    if (attached()) {
        leave("reset", Next::reset);
    } else if (auto* leaving = std::get_if<Leaving>(&state_)) {
        leaving->next = Next::reset;
    }
}

// --- plugs

void UsbPort::on_arrived(libusb_device& device, Now now) {
    if (plugged_in_ == &device) return;
    libusb_ref_device(&device);
    if (plugged_in_ != nullptr) libusb_unref_device(plugged_in_);
    plugged_in_ = &device;
    // In any other state the device before is still let go of.
    if (std::holds_alternative<Absent>(state_) || std::holds_alternative<Closed>(state_)) state_ = Closed{now.mono};
}

void UsbPort::on_left(libusb_device& device, Now now) {
    if (plugged_in_ != &device) return;
    libusb_unref_device(std::exchange(plugged_in_, nullptr));
    if (attached()) leave("unplugged", Next::reopen);
    if (std::holds_alternative<Closed>(state_)) {
        state_ = Absent{};
        tell_detached("unplugged", now);
    }
}

// --- one turn

Mono UsbPort::next_deadline() const {
    if (listener_ == nullptr) return never;
    if (device_ && !device_->done().empty()) return Mono::min();
    return std::visit(
        [this](const auto& state) {
            using S = std::decay_t<decltype(state)>;
            if constexpr (std::is_same_v<S, Closed>) {
                return state.open_at;
            } else if constexpr (std::is_same_v<S, Attached>) {
                return state.request_leaves_by;
            } else if constexpr (std::is_same_v<S, Leaving>) {
                return device_->pending() == 0 ? Mono::min() : never;
            } else {
                return never;  // a plug, or the worker, goes on from there
            }
        },
        state_);
}

void UsbPort::advance(Now now) {
    if (device_) look_at_done(now);
    if (const auto* closed = std::get_if<Closed>(&state_)) {
        if (closed->open_at <= now.mono) open(now);
    } else if (auto* here = std::get_if<Attached>(&state_)) {
        if (here->request_leaves_by <= now.mono) {
            device_->cancel_sending();
            here->request_leaves_by = never;
        }
    } else if (std::holds_alternative<Leaving>(state_) && device_->pending() == 0) {
        left(now);
    }
}

void UsbPort::open(Now now) {
    auto device = UsbDevice::open(*plugged_in_);
    if (!device) {
        state_ = Closed{now.mono + retry_pause};
        return tell_detached(in_words(device.error()), now);
    }
    device_ = std::move(*device);
    gate_.restart();
    held_.clear();
    stalls_ = 0;
    state_ = Attached{};
    if (const auto listening = device_->listen(); !listening) return leave(in_words(listening.error()), Next::reopen);
    told_attached_ = true;
    listener_->on_attached(now);
}

// --- transfers

void UsbPort::look_at_done(Now now) {
    // Nothing is added meanwhile: only libusb's event handling does that.
    for (UsbTransfer* transfer : device_->done()) {
        if (transfer->in) {
            on_received(*transfer, now);
        } else if (attached() && !transfer->pending) {
            on_end(*transfer);
        }
    }
    device_->done().clear();
    auto* here = std::get_if<Attached>(&state_);
    if (here != nullptr && !device_->sending()) here->request_leaves_by = never;
}

void UsbPort::on_received(UsbTransfer& transfer, Now now) {
    const bool completed = UsbDevice::end_of(transfer) == TransferEnd::completed;
    const bool empty = UsbDevice::bytes_of(transfer).empty();
    // An empty packet says that a reply which filled its last packet is complete; LEN said so before.
    if (!attached()) {
        UsbDevice::wipe(transfer);
    } else if (completed && !empty && device_->split() && !transfer.head && !gate_.open()) {
        held_.push_back(&transfer);
    } else {
        pass_on(transfer, now);  // also what came before it failed
        if (transfer.head) pass_on_held(now);
    }
}

void UsbPort::pass_on(UsbTransfer& transfer, Now now) {
    const auto bytes = UsbDevice::bytes_of(transfer);
    if (!bytes.empty()) {
        stalls_ = 0;
        transfer.head ? gate_.on_head(bytes) : gate_.on_body(bytes.size());
        listener_->on_bytes(bytes, now);
        UsbDevice::wipe(transfer);
    }
    // The listener may have asked for a reset.
    if (!attached()) return;
    if (UsbDevice::end_of(transfer) != TransferEnd::completed) return on_end(transfer);
    if (const auto listening = device_->listen(transfer); !listening) {
        leave(in_words(listening.error()), Next::reopen);
    }
}

void UsbPort::pass_on_held(Now now) {
    while (attached() && !held_.empty() && gate_.open()) {
        UsbTransfer& first = *held_.front();
        held_.erase(held_.begin());  // before the call: the listener may send, which lets go of what is held
        pass_on(first, now);
    }
}

void UsbPort::on_end(const UsbTransfer& transfer) {
    switch (UsbDevice::end_of(transfer)) {
        case TransferEnd::completed:
            return;
        case TransferEnd::stalled:
            return leave("it keeps stalling", ++stalls_ < most_stalls ? Next::clear_halts : Next::reset);
        case TransferEnd::gone:
            return leave("unplugged", Next::reopen);
        case TransferEnd::cancelled:
            // A request that did not leave in time; the kernel itself cancels reading.
            return transfer.in ? leave("reading was ended by the system", Next::reopen) : void();
        case TransferEnd::failed:
            return leave("a transfer failed: check cable and power supply", Next::reopen);
    }
}

// --- leaving

void UsbPort::leave(std::string why, Next next) {
    YZ_CHECK(attached());
    state_ = Leaving{std::move(why), next};
    device_->cancel();
}

void UsbPort::left(Now now) {
    const auto leaving = std::get<Leaving>(std::exchange(state_, Absent{}));
    const bool gone = plugged_in_ == nullptr;
    if (gone || leaving.next == Next::reopen) {
        close(now);
    } else {
        repair(leaving.next);
        if (leaving.next == Next::clear_halts) return;  // soon well again, and nothing was said meanwhile
    }
    tell_detached(gone ? "unplugged" : leaving.why, now);
}

void UsbPort::repair(Next what) {
    auto worker = std::make_unique<ThreadWorker>(ports_.loop_, "usb-repair");
    auto result = std::make_shared<Result<void>>();
    worker->start(
        [&device = *device_, result, what] { *result = what == Next::reset ? device.reset() : device.clear_halts(); },
        [this] { on_repaired(); });
    state_ = Repairing{std::move(worker), std::move(result), what};
}

void UsbPort::on_repaired() {
    const Now now = ports_.loop_.now();
    const auto repaired = std::get<Repairing>(std::exchange(state_, Absent{}));  // its thread ends with this
    const Result<void>& result = *repaired.result;
    if (!result) tell_detached(in_words(result.error()), now);
    if (repaired.what == Next::reset || plugged_in_ == nullptr) {
        close(now);
        // A reset was told before it began.
        if (told_attached_) tell_detached("unplugged", now);
        return;
    }
    if (!result) return repair(Next::reset);
    held_.clear();
    gate_.restart();
    state_ = Attached{};
    if (const auto listening = device_->listen(); !listening) leave(in_words(listening.error()), Next::reopen);
}

void UsbPort::close(Now now) {
    device_.reset();
    if (plugged_in_ == nullptr) {
        state_ = Absent{};
    } else {
        state_ = Closed{now.mono + retry_pause};
    }
}

void UsbPort::tell_detached(std::string_view why, Now now) {
    if (listener_ == nullptr) return;
    // Nothing new where opening fails for the same reason again and again.
    if (!std::exchange(told_attached_, false) && why == told_why_) return;
    told_why_ = why;
    listener_->on_detached(why, now);
}

}  // namespace yizhan
