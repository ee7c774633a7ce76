// How one process hands lines that it holds to another one, which holds them as well from then on: over a Unix socket,
// a line of text "<chip>\t<line>\n" with the descriptor of each, then "end\n".
#pragma once

#include <span>
#include <string>
#include <vector>

#include "drivers/ports/gpio.h"
#include "drivers/ports/unique_fd.h"
#include "hal/error.h"
#include "hal/time.h"

namespace yizhan {

inline constexpr const char* failsafe_socket = "/run/yizhan-failsafe/lines.sock";
inline constexpr std::size_t most_lines_handed_over = 512;

struct HeldLine {
    LineName name;
    UniqueFd line;
};

// The lines stay ours too. Does not wait: few bytes, which a new socket takes.
Result<void> hand_over_lines(int socket, std::span<const HeldLine> lines);

struct TakenLines {
    UniqueFd connection;  // whoever holds the lines sees it close when we end
    std::vector<HeldLine> lines;
};
// Connects and takes what is handed over. Waits at most `patience`: before the loop runs.
Result<TakenLines> take_lines(const std::string& path, milliseconds patience);

}  // namespace yizhan
