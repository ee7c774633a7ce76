// The verbs of protocol.h. Private to firmware/control.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string_view>

#include "firmware/control/session.h"

namespace yizhan {

struct ControlVerb {
    std::string_view name;
    Right needed;  // none: anybody
    VerbReply (*perform)(ControlSession&, const Request&, Now);
};

// Those of protocol.h, in its order: what everybody may ask, then what the uplink may.
std::span<const ControlVerb> reading_verbs();
// Those that change something.
std::span<const ControlVerb> changing_verbs();
// What the centre hands in, through whomever: its signature counts.
std::span<const ControlVerb> centre_verbs();

VerbReply perform_verb(ControlSession& session, const Request& request, Now now);

// Position of what has this name; not-found lists those that exist.
template <class Item>
Checked<std::size_t> find_named(const std::vector<Item>& items, std::string_view sort, const std::string& name) {
    std::string known;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (items[i].name == name) return i;
        known += (known.empty() ? "" : ", ") + items[i].name;
    }
    return std::unexpected(ControlError{
        .code = ControlCode::not_found,
        .what = fmt::format("there is no {} of this name", sort),
        .cure = known.empty() ? fmt::format("this station has no {}", sort) : fmt::format("known: {}", known)});
}

}  // namespace yizhan
