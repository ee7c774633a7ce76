#include "drivers/simulated/sam_reader_frame.h"

#include <array>

namespace yizhan::simulated {
namespace {

constexpr std::array<std::uint8_t, 5> frame_start{0xAA, 0xAA, 0xAA, 0x96, 0x69};

std::byte check_of(std::span<const std::byte> from_length) {
    std::byte check{0};
    for (const std::byte byte : from_length) check ^= byte;
    return check;
}

}  // namespace

std::vector<std::byte> sam_reply_frame(std::uint8_t status, std::span<const std::byte> data) {
    const std::size_t length = data.size() + 4;
    std::vector<std::byte> frame;
    frame.reserve(sam_header_size + length);
    for (const std::uint8_t byte : frame_start) frame.push_back(std::byte{byte});
    frame.push_back(static_cast<std::byte>(length >> 8));
    frame.push_back(static_cast<std::byte>(length & 0xFF));
    frame.push_back(std::byte{0});
    frame.push_back(std::byte{0});
    frame.push_back(std::byte{status});
    frame.insert(frame.end(), data.begin(), data.end());
    frame.push_back(check_of(std::span(frame).subspan(frame_start.size())));
    return frame;
}

std::optional<std::uint8_t> fault_in_sam_request(std::span<const std::byte> request) {
    if (request.size() < sam_header_size) return std::nullopt;
    for (std::size_t i = 0; i < frame_start.size(); ++i) {
        if (request[i] != std::byte{frame_start[i]}) return std::nullopt;
    }
    const std::size_t length = std::to_integer<std::size_t>(request[5]) << 8 | std::to_integer<std::size_t>(request[6]);
    if (length < 3 || sam_header_size + length != request.size()) return 0x11;
    if (check_of(request.subspan(frame_start.size())) != std::byte{0}) return 0x10;
    return 0;
}

std::uint16_t sam_request_code(std::span<const std::byte> request) {
    if (request.size() < sam_header_size + 2) return 0;
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(request[7]) << 8 |
                                      std::to_integer<unsigned>(request[8]));
}

}  // namespace yizhan::simulated
