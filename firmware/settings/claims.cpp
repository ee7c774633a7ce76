#include "firmware/settings/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace yizhan {

void Claims::report(ErrorList& errors) {
    std::ranges::sort(claims_, {}, [](const Claim& claim) { return std::tie(claim.thing, claim.at); });
    const Claim* first = nullptr;
    for (const Claim& claim : claims_) {
        if (first == nullptr || first->thing != claim.thing) {
            first = &claim;
            continue;
        }
        const std::string there = errors.place(first->at);
        errors.add(claim.at,
                   claim.by.empty() ? fmt::format("{}: here and at {}", claim.thing, there)
                                    : fmt::format("{}: {} and, at {}, {}", claim.thing, claim.by, there, first->by),
                   "give each its own");
    }
}

}  // namespace yizhan
