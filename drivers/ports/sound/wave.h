// WAV files (RIFF/WAVE) of one kind: PCM, 16 bits, mono, 16 kHz. Speech needs no more, and with one format a device is
// set up once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

namespace yizhan {

inline constexpr unsigned wave_rate = 16000;  // samples a second
inline constexpr std::size_t longest_wave = std::size_t{1024} * 1024;  // bytes of a file: half a minute

// The samples of a file's bytes, or what is wrong with them. No length in the file is trusted: a chunk that says more
// than there is ends the parsing. A data chunk longer than the file, as programs leave it that write into a pipe, is an
// error: it may as well be cut off.
std::expected<std::vector<std::int16_t>, std::string> parse_wave(std::span<const std::byte> file);

}  // namespace yizhan
