#include "tests/hardware/usb_virtual_device.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>
#include <utility>

namespace yizhan {
namespace {

constexpr const char* hub = "/sys/devices/platform/vhci_hcd.0";
constexpr std::size_t header_size = 48;
constexpr std::uint32_t submit_command = 1;
constexpr std::uint32_t unlink_command = 2;

std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t index) {
    std::uint32_t word = 0;
    for (const std::byte byte : bytes.subspan(index * 4, 4)) word = word << 8 | std::to_integer<std::uint32_t>(byte);
    return word;
}

void put_word(std::span<std::byte> bytes, std::size_t index, std::uint32_t word) {
    for (std::size_t i = 0; i < 4; ++i) bytes[index * 4 + i] = static_cast<std::byte>(word >> (24 - 8 * i));
}

std::vector<std::byte> bytes_of(std::initializer_list<unsigned> values) {
    std::vector<std::byte> bytes;
    for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
    return bytes;
}

Result<void> attach(int port, int socket) {
    const std::string line = std::to_string(port) + " " + std::to_string(socket) + " " +
                             std::to_string(0x10002 + port) + " 2";  // 2: full speed
    const UniqueFd file(::open((std::string(hub) + "/attach").c_str(), O_WRONLY | O_CLOEXEC));
    if (!file) return failure("there is no virtual host controller", "modprobe vhci-hcd, as root");
    // A port that was just unplugged is in use for a while: at most 2 s.
    for (int attempt = 0; attempt < 100; ++attempt) {
        if (::write(file.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size())) return {};
        if (errno != EBUSY && errno != EINVAL) break;
        std::this_thread::sleep_for(milliseconds{20});
    }
    return failure("port " + std::to_string(port) + " of the virtual hub: " + std::generic_category().message(errno));
}

}  // namespace

std::string VirtualUsbDevice::path_of(int port) {
    // It has one bus for fast and one for very fast devices: ours is on the first.
    std::string bus;
    for (const auto& entry : std::filesystem::directory_iterator(hub)) {
        const std::string name = entry.path().filename();
        std::string speed;
        std::ifstream(entry.path() / "speed") >> speed;
        if (name.starts_with("usb") && speed == "480") bus = name.substr(3);
    }
    return bus + "-" + std::to_string(port + 1);
}

Result<std::unique_ptr<VirtualUsbDevice>> VirtualUsbDevice::plug(SdEventLoop& loop, int port, UsbProfile profile,
                                                                 Calls calls, UsbCounts& counts) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return failure("no socket");
    UniqueFd ours(ends[0]);
    const UniqueFd kernels(ends[1]);  // it holds its own reference
    if (const auto attached = attach(port, kernels.get()); !attached) return std::unexpected(attached.error());
    return std::unique_ptr<VirtualUsbDevice>(
        new VirtualUsbDevice(loop, std::move(ours), profile, std::move(calls), counts));
}

VirtualUsbDevice::VirtualUsbDevice(SdEventLoop& loop, UniqueFd socket, UsbProfile profile, Calls calls,
                                   UsbCounts& counts)
    : profile_(profile), calls_(std::move(calls)), counts_(counts), socket_(std::move(socket)) {
    watch_ = loop.watch(socket_.get(), EPOLLIN, [this](std::uint32_t) { on_ready(); });
}

void VirtualUsbDevice::on_ready() {
    std::array<std::byte, 4096> buffer;
    const ssize_t size = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
        watch_->modify(0);
        const auto on_ejected = calls_.on_ejected;  // it may destroy us
        on_ejected();
        return;
    }
    received_.insert(received_.end(), buffer.begin(), buffer.begin() + size);
    while (const std::size_t handled = handle_message()) {
        received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(handled));
    }
}

std::size_t VirtualUsbDevice::handle_message() {
    if (received_.size() < header_size) return 0;
    const std::span<const std::byte> header = std::span(received_).first(header_size);
    const std::uint32_t command = word_at(header, 0);
    const std::uint32_t number = word_at(header, 1);
    if (command == unlink_command) {
        unlink(number, word_at(header, 5));
        return header_size;
    }
    if (command != submit_command) return header_size;
    const bool in = word_at(header, 3) == 1;
    const auto endpoint = static_cast<std::uint8_t>(word_at(header, 4) | (in ? 0x80 : 0));
    const std::size_t length = word_at(header, 6);
    const std::size_t size = header_size + (in ? 0 : length);
    if (received_.size() < size) return 0;
    if ((endpoint & 0x7F) == 0) {
        control(number, header.subspan(40, 8), length);
    } else if (in) {
        in_[endpoint].requests.push_back({number, length, {}});
        serve(endpoint);
    } else if (deaf_) {
        refused_.push_back(number);
    } else {
        ++counts_.transfers;
        answer(number, 0, length);
        calls_.on_out(endpoint, std::span(received_).subspan(header_size, length));
    }
    return size;
}

void VirtualUsbDevice::unlink(std::uint32_t number, std::uint32_t victim) {
    ++counts_.unlinks;
    std::array<std::byte, header_size> reply{};
    put_word(reply, 0, 4);
    put_word(reply, 1, number);
    if (std::erase(refused_, victim) > 0) put_word(reply, 5, static_cast<std::uint32_t>(-ECONNRESET));
    for (auto& [endpoint, pipe] : in_) {
        const auto erased =
            std::erase_if(pipe.requests, [&](const Request& request) { return request.number == victim; });
        if (erased > 0) put_word(reply, 5, static_cast<std::uint32_t>(-ECONNRESET));
    }
    write(reply);
}

void VirtualUsbDevice::control(std::uint32_t number, std::span<const std::byte> setup, std::size_t longest) {
    const auto type = std::to_integer<unsigned>(setup[0]);
    const auto request = std::to_integer<unsigned>(setup[1]);
    Bytes data;
    if (type == 0x80 && request == 6) {  // GET_DESCRIPTOR
        data = descriptor(std::to_integer<std::uint8_t>(setup[3]));
        if (data.empty()) return answer(number, -EPIPE, 0);
    } else if (type == 0x00 && request == 9) {  // SET_CONFIGURATION
        configure();
    } else if (type == 0x02 && request == 1) {  // CLEAR_FEATURE(ENDPOINT_HALT)
        ++counts_.halts_cleared;
        in_[std::to_integer<std::uint8_t>(setup[4])].halted = false;
    } else if ((type & 0x80) != 0 && request == 0) {  // GET_STATUS
        data = bytes_of({0, 0});
    } else if (type != 0x01) {  // SET_INTERFACE and the like are taken
        return answer(number, -EPIPE, 0);
    }
    data.resize(std::min(data.size(), longest));
    answer(number, 0, data.size(), data);
}

void VirtualUsbDevice::configure() {
    ++counts_.configured;
    for (auto& [endpoint, pipe] : in_) {
        pipe.packets.clear();
        pipe.halted = false;
    }
    calls_.on_configured();
}

VirtualUsbDevice::Bytes VirtualUsbDevice::descriptor(std::uint8_t kind) const {
    if (kind == 1) return bytes_of({18, 1, 0x10, 0x01, 0, 0, 0, 64, 0x00, 0x04, 0x5A, 0xC3, 0x63, 0x00, 0, 0, 0, 1});
    if (kind != 2) return {};
    const bool hid = profile_ == UsbProfile::hid;
    const unsigned pipe_type = hid || profile_ == UsbProfile::interrupt_pair ? 3 : 2;
    std::vector<unsigned> endpoints;
    if (profile_ == UsbProfile::four_pipes) {
        endpoints = {0x02, 0x06, 0x81, 0x85};
    } else if (profile_ != UsbProfile::no_pipes) {
        endpoints = {0x81, 0x02};
    }
    const auto count = static_cast<unsigned>(endpoints.size());
    const unsigned total = 9 + 9 + 7 * count;
    Bytes bytes = bytes_of({9, 2, total, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, count, hid ? 3U : 0xFFU, 0, 0, 0});
    for (const unsigned endpoint : endpoints) {
        for (const std::byte byte : bytes_of({7, 5, endpoint, pipe_type, packet, 0, pipe_type == 3 ? 1U : 0U})) {
            bytes.push_back(byte);
        }
    }
    return bytes;
}

void VirtualUsbDevice::say(std::uint8_t endpoint, std::span<const std::byte> bytes) {
    auto& packets = in_[endpoint].packets;
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(packet, bytes.size()))) {
        const auto part = bytes.first(std::min(packet, bytes.size()));
        packets.emplace_back(part.begin(), part.end());
    }
    serve(endpoint);
}

void VirtualUsbDevice::say_nothing(std::uint8_t endpoint) {
    in_[endpoint].packets.emplace_back();
    serve(endpoint);
}

// As a host controller does it: packets go into the oldest request, which ends with a short packet or when it is full.
void VirtualUsbDevice::serve(std::uint8_t endpoint) {
    InPipe& pipe = in_[endpoint];
    while (!pipe.requests.empty() && !pipe.packets.empty() && !pipe.halted) {
        Request& request = pipe.requests.front();
        if (stalls_ > 0) {
            --stalls_;
            pipe.halted = true;
            pipe.packets.clear();
            answer(request.number, -EPIPE, 0);
            pipe.requests.pop_front();
            return;
        }
        const Bytes next = std::move(pipe.packets.front());
        pipe.packets.pop_front();
        request.data.insert(request.data.end(), next.begin(), next.end());
        if (next.size() == packet && request.data.size() < request.longest) continue;
        ++counts_.transfers;
        const bool babble = request.data.size() > request.longest;
        request.data.resize(std::min(request.data.size(), request.longest));
        answer(request.number, babble ? -EOVERFLOW : 0, request.data.size(), request.data);
        pipe.requests.pop_front();
    }
}

void VirtualUsbDevice::answer(std::uint32_t number, int status, std::size_t length, std::span<const std::byte> data) {
    std::vector<std::byte> message(header_size);
    put_word(message, 0, 3);
    put_word(message, 1, number);
    put_word(message, 5, static_cast<std::uint32_t>(status));
    put_word(message, 6, static_cast<std::uint32_t>(length));
    message.insert(message.end(), data.begin(), data.end());
    write(message);
}

// Waits where the kernel is slow to read: it always does.
void VirtualUsbDevice::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // it is gone, and reading tells
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

}  // namespace yizhan
