// What a wire or a reader that misbehaves suffers from, in a technician's words, and what to do. Pure.
#pragma once

#include "firmware/control/verdicts.h"
#include "firmware/control/wiring.h"

namespace yizhan {

struct WiringVerdict {
    Verdict said;
    bool sure = true;  // false: it may be so, and may be well: somebody has to try

    bool well() const { return said.well() || !sure; }
};

// So many edges a minute are no door that people use.
inline constexpr std::uint64_t loose_per_minute = 200;
// So often a door was released without its contact ever moving.
inline constexpr std::uint64_t releases_to_doubt = 5;
// A line that has moved so often on its own has a broken neighbour: no card has so many equal bits.
inline constexpr std::uint64_t edges_of_a_lone_wire = 60;
// A line that did not move for so long is at rest.
inline constexpr seconds at_rest_after{1};

WiringVerdict wire_verdict(const Wiring& wiring, std::size_t wire, Now now);
WiringVerdict wired_reader_verdict(const Wiring& wiring, std::size_t reader, Now now);

}  // namespace yizhan
