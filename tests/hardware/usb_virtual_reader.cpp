#include "tests/hardware/usb_virtual_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace yizhan {
namespace {

constexpr std::size_t head_size = 7;

std::size_t body_size(std::span<const std::byte> head) {
    return std::to_integer<std::size_t>(head[5]) << 8 | std::to_integer<std::size_t>(head[6]);
}

}  // namespace

VirtualUsbReader::VirtualUsbReader(SdEventLoop& loop) : loop_(loop), sam_(port_) {
    sam_.detach();
    port_.start(*this);
    loop_.join(sam_);
}

VirtualUsbReader::~VirtualUsbReader() { loop_.leave(sam_); }

Result<void> VirtualUsbReader::plug(int port, UsbProfile profile) {
    if (device_) return failure("this reader is plugged in already", "unplug it first");
    profile_ = profile;
    auto device =
        VirtualUsbDevice::plug(loop_, port, profile,
                               {.on_out = [this](std::uint8_t endpoint, auto bytes) { on_out(endpoint, bytes); },
                                .on_configured = [this] { on_configured(); },
                                .on_ejected = [this] { unplug(); }},
                               counts_);
    if (!device) return std::unexpected(device.error());
    device_ = std::move(*device);
    sam_.attach();
    return {};
}

void VirtualUsbReader::unplug() {
    device_.reset();
    sam_.detach();
}

void VirtualUsbReader::mute(bool until_reset) {
    mute_until_reset_ = until_reset;
    sam_.inject({.kind = simulated::SamReaderFault::Kind::no_reply, .times = std::numeric_limits<int>::max()});
}

void VirtualUsbReader::unmute() {
    mute_until_reset_ = false;
    sam_.clear_faults();
}

void VirtualUsbReader::stall(int times) {
    if (device_) device_->stall(times);
}

void VirtualUsbReader::deafen() {
    if (device_) device_->deafen();
}

void VirtualUsbReader::forget() {
    request_.clear();
    head_.clear();
    body_left_ = 0;
}

void VirtualUsbReader::on_configured() {
    forget();
    if (mute_until_reset_) unmute();
}

void VirtualUsbReader::on_out(std::uint8_t endpoint, std::span<const std::byte> bytes) {
    if (profile_ == UsbProfile::four_pipes && endpoint == 0x02) request_.clear();
    request_.insert(request_.end(), bytes.begin(), bytes.end());
    if (request_.size() < head_size) return;
    const std::size_t size = head_size + body_size(request_);
    if (request_.size() < size) return;
    // A request that meets another one is lost, as in a device with one buffer.
    if (size <= simulated::BytePort::longest_request) static_cast<void>(port_.send(std::span(request_).first(size)));
    request_.clear();
}

void VirtualUsbReader::say_head(std::span<const std::byte> bytes) { device_->say(VirtualUsbDevice::head_in, bytes); }

void VirtualUsbReader::on_bytes(std::span<const std::byte> bytes, Now) {
    if (!device_) return;
    const bool four = profile_ == UsbProfile::four_pipes;
    const std::uint8_t last_pipe = four ? VirtualUsbDevice::body_in : VirtualUsbDevice::head_in;
    if (!four) say_head(bytes);
    while (!bytes.empty()) {
        if (body_left_ == 0) {
            if (head_.size() == head_size) head_.clear();
            const auto part = bytes.first(std::min(head_size - head_.size(), bytes.size()));
            head_.insert(head_.end(), part.begin(), part.end());
            bytes = bytes.subspan(part.size());
            if (four && !body_first) say_head(part);
            if (head_.size() == head_size) body_left_ = body_size(head_);
            continue;
        }
        const auto part = bytes.first(std::min(body_left_, bytes.size()));
        bytes = bytes.subspan(part.size());
        body_left_ -= part.size();
        if (four) device_->say(VirtualUsbDevice::body_in, part);
        if (body_left_ > 0) continue;
        if (empty_packets) device_->say_nothing(last_pipe);
        if (four && body_first) say_head(head_);
    }
}

}  // namespace yizhan
