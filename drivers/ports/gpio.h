// The GPIO seam: what drivers need of digital lines. Two implementations: drivers/ports/gpio (libgpiod) and
// drivers/simulated/gpio. Levels here are electrical (true = high); active level is the driver's business.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hal/error.h"
#include "hal/time.h"

namespace yizhan {

// By chip label and line name, never by number: kernels renumber chips.
struct LineName {
    std::string chip;
    std::string line;
    auto operator<=>(const LineName&) const = default;
};

// Held from its request to its death. Loop thread only.
class OutputLine {
 public:
    virtual ~OutputLine() = default;
    // One system call at most; no allocation unless it fails.
    virtual Result<void> set(bool high) = 0;
};

struct Edge {
    std::uint8_t line = 0;  // index into the names of the request
    bool rising = false;
    Mono at;  // kernel time stamp, CLOCK_MONOTONIC
    std::uint32_t sequence = 0;  // of the request, counts up by one; a hole means the kernel dropped edges
};

class EdgeListener {
 public:
    virtual ~EdgeListener() = default;
    // Oldest first. `now` is the loop's.
    virtual void on_edges(std::span<const Edge> edges, Now now) = 0;
    // The chip is gone: no edges come, and levels cannot be read. Both are there again once the chip is, which nobody
    // says: ask for the levels every now and then. Edges that came in between are lost, and are counted anew.
    virtual void on_lost(Now now) = 0;
};

enum class EdgeKind : std::uint8_t { falling, both };
enum class Bias : std::uint8_t { as_is, pull_up, pull_down };

// A request of one or more input lines, whose edges come in one order. Loop thread only.
class InputLines {
 public:
    virtual ~InputLines() = default;
    // Edges from now on.
    virtual void start(EdgeListener& listener) = 0;
    // Of all lines at one moment: line n is bit n, set if it is high; other bits mean nothing. One system call at most.
    virtual Result<std::uint64_t> levels() const = 0;
};

class GpioPort {
 public:
    virtual ~GpioPort() = default;
    // Direction and first level in one request: the line never shows anything else.
    virtual Result<std::unique_ptr<OutputLine>> request_output(const LineName& name, bool high) = 0;
    // `buffer`: edges the kernel keeps for us (at most 1024).
    virtual Result<std::unique_ptr<InputLines>> request_inputs(std::span<const LineName> names, EdgeKind edges,
                                                               Bias bias, std::uint16_t buffer) = 0;
};

}  // namespace yizhan
