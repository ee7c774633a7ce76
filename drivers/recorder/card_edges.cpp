#include "drivers/recorder/card_edges.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "drivers/wiegand_reader/wiegand_frame.h"

namespace yizhan {
namespace {

// An invented card: good parity around an alternating payload.
std::uint64_t invented_card(std::uint8_t count) {
    std::uint64_t bits = 0;
    for (int i = 1; i + 1 < count; ++i) bits = bits << 1 | static_cast<std::uint64_t>(i % 3 == 0);
    bits <<= 1;
    for (const std::uint64_t parity :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << (count - 1), (std::uint64_t{1} << (count - 1)) + 1}) {
        if (decode_wiegand(bits | parity, count)) return bits | parity;
    }
    return bits;
}

}  // namespace

std::vector<Edge> CardEdges::eat(const Edge& edge) {
    std::vector<Edge> known;
    if (!frame_.empty() && edge.at - frame_.back().at >= silence) known = end();
    frame_.push_back(edge);
    if (frame_.size() > longest) {
        too_long_ = true;
        auto more = end();
        too_long_ = true;  // until there is silence
        known.insert(known.end(), more.begin(), more.end());
    }
    return known;
}

std::vector<Edge> CardEdges::end() {
    std::uint64_t bits = 0;
    bool is_frame = !std::exchange(too_long_, false);
    for (const Edge& edge : frame_) {
        bits = bits << 1 | edge.line;
        is_frame = is_frame && !edge.rising;
    }
    const auto count = static_cast<std::uint8_t>(frame_.size());
    std::uint64_t shown = 0;
    if (is_frame && is_wiegand_length(count)) {
        const auto card = decode_wiegand(bits, count);
        if (card) shown = invented_card(count);
        if (!card && card.error() == WiegandFault::parity) shown = invented_card(count) ^ 1;
    }
    for (std::size_t i = 0; i < frame_.size(); ++i) {
        frame_[i].line = static_cast<std::uint8_t>(count <= longest ? shown >> (count - 1U - i) & 1 : 0);
    }
    return std::exchange(frame_, {});
}

}  // namespace yizhan
