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
        errors.add(claim.at,
                   fmt::format("{}: {} and, at {}, {}", claim.thing, claim.by, errors.place(first->at), first->by),
                   "give each its own");
    }
}

}  // namespace yizhan
