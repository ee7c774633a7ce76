// What happened in a simulated world, as lines: a digest of all of them, and the newest to be told when something
// fails.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "hal/time.h"

namespace yizhan::simulator {

class Story {
 public:
    static constexpr std::size_t longest_memory = 400;  // lines

    // `aloud`: every line goes to the standard output at once.
    explicit Story(bool aloud) : aloud_(aloud) {}

    void tell(Mono at, std::string_view what);
    // Of everything told so far: the same on every machine for the same world.
    std::uint64_t digest() const { return digest_; }
    std::uint64_t lines() const { return lines_; }
    // The newest lines.
    std::string end() const;

 private:
    const bool aloud_;
    std::uint64_t digest_ = 0xcbf29ce484222325;  // FNV-1a, 64 bits
    std::uint64_t lines_ = 0;
    std::deque<std::string> newest_;
};

// "d02 14:03:07.512": since the beginning of simulated time.
std::string moment(Mono at);

}  // namespace yizhan::simulator
