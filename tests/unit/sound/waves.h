// WAV files made by hand.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hal/outcome.h"

namespace yizhan::testing {

using Samples = std::vector<std::int16_t>;
inline constexpr std::array both{Language::zh, Language::en};

inline std::string little_endian(std::uint32_t value, int size) {
    std::string bytes;
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i & 0xFF);
    return bytes;
}

inline std::string chunk(std::string_view name, std::string_view body) {
    std::string bytes = std::string(name) + little_endian(static_cast<std::uint32_t>(body.size()), 4);
    bytes += body;
    if (body.size() % 2 != 0) bytes += '\0';
    return bytes;
}

struct WaveFormat {
    std::uint32_t kind = 1;
    std::uint32_t channels = 1;
    std::uint32_t rate = 16000;
    std::uint32_t bits = 16;
};

inline std::string format_chunk(WaveFormat format = {}) {
    return chunk("fmt ", little_endian(format.kind, 2) + little_endian(format.channels, 2) +
                             little_endian(format.rate, 4) +
                             little_endian(format.rate * format.channels * format.bits / 8, 4) +
                             little_endian(format.channels * format.bits / 8, 2) + little_endian(format.bits, 2));
}

inline std::string data_chunk(std::span<const std::int16_t> samples) {
    std::string body;
    for (const auto sample : samples) body += little_endian(static_cast<std::uint16_t>(sample), 2);
    return chunk("data", body);
}

inline std::string wave_of(std::string_view chunks) {
    return "RIFF" + little_endian(static_cast<std::uint32_t>(chunks.size() + 4), 4) + "WAVE" + std::string(chunks);
}

inline std::string wave(std::span<const std::int16_t> samples) { return wave_of(format_chunk() + data_chunk(samples)); }

}  // namespace yizhan::testing
