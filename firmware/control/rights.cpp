#include "firmware/control/rights.h"

#include <algorithm>

namespace yizhan {

Right right_of(const PeerIdentity& peer, const ControlRights& rights) {
    if (peer.uid == 0) return Right::maintenance;
    // Before the groups: whatever group the uplink's user gets into, the uplink changes nothing.
    if (rights.uplink_user == peer.uid) return Right::uplink;
    const auto in_group = [&](const std::optional<std::uint32_t>& group) {
        return group && (peer.gid == *group || std::ranges::find(peer.groups, *group) != peer.groups.end());
    };
    if (in_group(rights.maintenance_group)) return Right::maintenance;
    if (in_group(rights.read_only_group)) return Right::read;
    return Right::none;
}

bool permits(Right have, Right needed) {
    switch (needed) {
        case Right::none:
            return true;
        case Right::read:
            return have != Right::none;
        case Right::carry:
            return have == Right::uplink || have == Right::maintenance;
        case Right::uplink:
        case Right::maintenance:
            return have == needed;
    }
    return false;
}

std::string_view role_name(Right right) {
    switch (right) {
        case Right::none:
            return "none";
        case Right::read:
            return "read-only";
        case Right::carry:
            return "uplink or maintenance";
        case Right::uplink:
            return "uplink";
        case Right::maintenance:
            return "maintenance";
    }
    return "none";
}

std::optional<Right> right_from_role(std::string_view role) {
    for (const Right right : {Right::read, Right::uplink, Right::maintenance}) {
        if (role_name(right) == role) return right;
    }
    return std::nullopt;
}

bool may_lower(Right from, Right to) {
    return to == from || from == Right::maintenance || (from == Right::uplink && to == Right::read);
}

}  // namespace yizhan
