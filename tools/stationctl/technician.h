// The person at the terminal: sentences out, lines in. Blocks; one thread. Driven by a file or a pipe just as well.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "hal/time.h"

namespace yizhan {

class Technician {
 public:
    static constexpr std::size_t longest_line = 1000;  // the rest of a longer one is left out

    // Catches Ctrl-C, SIGTERM and the end of the connection (SIGHUP) from here on: over() then. One at a time.
    explicit Technician(std::FILE* out);

    void say(std::string_view text);
    // The next line; none: over().
    std::optional<std::string> ask(std::string_view question);
    // Lets so much time pass. Where somebody sits at a terminal, Enter ends it early: true. Lines from a file or pipe
    // stay for ask().
    bool pause(milliseconds duration);
    // Nothing more can be asked of anybody.
    bool over() const;

 private:
    // Until there is something to read; false: the time is over, or a signal came.
    static bool readable(milliseconds limit);
    void take_input();

    std::FILE* out_;
    bool terminal_;
    bool ended_ = false;
    std::string in_;
};

}  // namespace yizhan
