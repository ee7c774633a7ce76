// Lines of this machine's GPIO chips, found by chip label and line name. The only place that knows libgpiod (v2).
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "drivers/ports/gpio.h"
#include "drivers/ports/unique_fd.h"
#include "hal/error.h"

struct gpiod_chip;

namespace yizhan {

// The most the kernel keeps for a request (drivers/gpio/gpiolib-cdev.c: 16 for each of at most 64 lines).
inline constexpr std::uint16_t max_edge_buffer = 1024;

// A line as somebody with a meter in his hand wants to know it.
struct LineInfo {
    std::string name;
    bool output = false;
    std::string held_by;  // whoever has requested it, empty: nobody
};
struct ChipInfo {
    std::string path;
    std::string label;
    std::vector<LineInfo> lines;
};

// What station-failsafe calls itself when it requests lines.
inline constexpr const char* failsafe_consumer = "station-failsafe";

// Opens chips when they are first asked for and keeps them open until they are gone. One thread.
class GpioChips {
 public:
    // `consumer`: what others read when they ask who holds a line.
    explicit GpioChips(std::string consumer) : consumer_(std::move(consumer)) {}

    // The descriptor holds the line until its last copy is closed. Direction and level in one step: the line never
    // shows anything else. An error says whether the chip is missing, the line is, or who holds it.
    Result<UniqueFd> request_output(const LineName& name, bool high);

    struct Inputs {
        UniqueFd request;
        std::vector<unsigned> offsets;  // of the lines, in the order of their names
    };
    // All lines belong to one chip. `buffer`: edges the kernel keeps, at most max_edge_buffer.
    Result<Inputs> request_inputs(std::span<const LineName> names, EdgeKind edges, Bias bias, std::uint16_t buffer);

    // Every chip of the machine, for maintenance.
    static std::vector<ChipInfo> survey();

 private:
    struct CloseChip {
        void operator()(gpiod_chip* chip) const;
    };
    using Chip = std::unique_ptr<gpiod_chip, CloseChip>;
    Result<gpiod_chip*> chip(const std::string& label);
    Result<unsigned> offset_of(gpiod_chip* chip, const LineName& name) const;

    std::string consumer_;
    std::map<std::string, Chip> chips_;  // by label
};

}  // namespace yizhan
