// Frames of the SAM_A interface from the reader's end (GA/T 467): replies made, requests checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace yizhan::simulated {

inline constexpr std::size_t sam_header_size = 7;  // preamble and LEN

std::vector<std::byte> sam_reply_frame(std::uint8_t status, std::span<const std::byte> data = {});

// The status a request is refused with as such (checksum, length); 0 if nothing is wrong with it, none if it is not
// even a frame.
std::optional<std::uint8_t> fault_in_sam_request(std::span<const std::byte> request);

// CMD PARA of a request, e.g. 0x3001; 0 if it is too short to have one.
std::uint16_t sam_request_code(std::span<const std::byte> request);

}  // namespace yizhan::simulated
