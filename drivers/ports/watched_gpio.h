// Lines that let everything pass and remember how often they moved, for whoever looks for a broken wire.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "drivers/ports/gpio.h"

namespace yizhan {

// Counts since the line was requested.
struct LineActivity {
    bool output = false;
    std::optional<bool> high;  // electrical; none: nobody knows
    std::string problem;  // why it cannot be read
    std::uint64_t edges = 0;  // input: as they arrived, bounces too; output: changes of level
    std::uint64_t per_minute = 0;  // of an input: edges of this minute or the one before, whichever has more
    std::optional<Mono> last_edge;  // of an input
    std::uint64_t errors = 0;  // output: levels that the line did not take
};

class WatchedGpio final : public GpioPort {
 public:
    // Outlives its lines; `gpio` outlives it.
    explicit WatchedGpio(GpioPort& gpio) : gpio_(gpio) {}

    Result<std::unique_ptr<OutputLine>> request_output(const LineName& name, bool high) override;
    Result<std::unique_ptr<InputLines>> request_inputs(std::span<const LineName> names, EdgeKind edges, Bias bias,
                                                       std::uint16_t buffer) override;

    // Reads the level of an input: one system call. Nothing is known of a line that is not requested.
    LineActivity activity(const LineName& name, Now now) const;

 private:
    class Output;
    class Inputs;
    struct Line {
        LineActivity seen;
        Mono minute;  // began then
        std::uint64_t this_minute = 0;
        std::uint64_t last_minute = 0;
        const InputLines* inputs = nullptr;  // while requested
        std::size_t index = 0;  // in them

        void count(Mono at);
        std::uint64_t per_minute(Mono now) const;
    };

    GpioPort& gpio_;
    std::map<LineName, Line> lines_;  // as many as the settings name
};

}  // namespace yizhan
