// What is asked of lines that are held, by their descriptor: levels and edges. Not through libgpiod, which cannot take
// over a descriptor that another process requested (station-failsafe hands stationd its outputs); the kernel's
// interface for it is stable (linux/gpio.h, v2).
#pragma once

#include <span>

#include "drivers/ports/gpio.h"
#include "hal/error.h"

namespace yizhan {

// The first line of the request. One system call.
Result<void> set_level(int request, bool high);
// The `line`-th of the request. One system call.
Result<std::uint64_t> levels_of(int request, std::size_t lines);

inline constexpr std::size_t max_edges_per_read = 64;
// Oldest first; empty where there is none. One system call. `offsets` are those of the request's lines.
Result<std::span<const Edge>> read_edges(int request, std::span<const unsigned> offsets,
                                         std::span<Edge, max_edges_per_read> into);

}  // namespace yizhan
