// Edges of two data lines, without the card: the times stay, the lines they came on are those of an invented card of
// the same length. A frame whose parity was wrong stays wrong. Frames of other lengths, and what is no frame, come on
// the first line only.
#pragma once

#include <vector>

#include "drivers/ports/gpio.h"

namespace yizhan {

// Keeps a frame until silence shows that it is over.
class CardEdges {
 public:
    // Longer than the spacing of bits, shorter than the pause of a reader between two frames.
    static constexpr milliseconds silence{25};
    static constexpr std::size_t longest = 64;  // edges; the rest is no frame

    // What became known by this edge.
    std::vector<Edge> eat(const Edge& edge);
    // What waits.
    std::vector<Edge> end();

 private:
    std::vector<Edge> frame_;
    bool too_long_ = false;
};

}  // namespace yizhan
