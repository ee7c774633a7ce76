#include "drivers/ports/sound/wave.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace yizhan {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint16_t pcm = 1;
constexpr std::size_t chunk_header = 8;  // name, length
constexpr std::size_t shortest_format = 16;

std::uint32_t little_endian(Bytes bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
    return value;
}

bool begins_with(Bytes bytes, std::string_view name) {
    return bytes.size() >= name.size() &&
           std::ranges::equal(bytes.first(name.size()), std::as_bytes(std::span(name)), {}, {});
}

// What is wrong with the format; empty: nothing.
std::string objection(Bytes format) {
    if (format.size() < shortest_format) return "its format chunk is cut off";
    const auto kind = little_endian(format, 0, 2);
    const auto channels = little_endian(format, 2, 2);
    const auto rate = little_endian(format, 4, 4);
    const auto bits = little_endian(format, 14, 2);
    if (kind == pcm && channels == 1 && rate == wave_rate && bits == 16) return {};
    return fmt::format("it holds {} of {} channels, {} Hz, {} bits instead of PCM, mono, {} Hz, 16 bits",
                       kind == pcm ? std::string("PCM") : fmt::format("format {}", kind), channels, rate, bits,
                       wave_rate);
}

std::vector<std::int16_t> samples_of(Bytes data) {
    std::vector<std::int16_t> samples(data.size() / 2);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        samples[i] = static_cast<std::int16_t>(little_endian(data, 2 * i, 2));
    }
    return samples;
}

}  // namespace

std::expected<std::vector<std::int16_t>, std::string> parse_wave(Bytes file) {
    if (file.size() > longest_wave) {
        return std::unexpected(fmt::format("it has more than {} KiB", longest_wave / 1024));
    }
    if (file.size() < 12 || !begins_with(file, "RIFF") || !begins_with(file.subspan(8), "WAVE")) {
        return std::unexpected("it is no WAV file");
    }
    bool format_known = false;
    // Each turn moves on by a chunk's header at least.
    for (Bytes rest = file.subspan(12); rest.size() >= chunk_header;) {
        const std::size_t size = little_endian(rest, 4, 4);
        const Bytes body = rest.subspan(chunk_header);
        if (size > body.size()) return std::unexpected("it is cut off");
        if (begins_with(rest, "fmt ")) {
            if (auto wrong = objection(body.first(size)); !wrong.empty()) return std::unexpected(std::move(wrong));
            format_known = true;
        } else if (begins_with(rest, "data")) {
            if (!format_known) return std::unexpected("its data comes before its format");
            if (size < 2) return std::unexpected("it holds no sound");
            return samples_of(body.first(size));
        }
        rest = body.subspan(std::min(size + size % 2, body.size()));  // chunks begin at even places
    }
    return std::unexpected("it has no data chunk");
}

}  // namespace yizhan
