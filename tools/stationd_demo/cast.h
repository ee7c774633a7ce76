// Who appears in the demo and in the scenarios: invented people with invented cards (region 999999).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "drivers/simulated/sam_reader_card.h"

namespace yizhan::simulated {

struct CastMember {
    std::string_view name;
    std::string_view birth;  // YYYYMMDD
    unsigned sequence;
    std::string_view card_valid_to;  // YYYYMMDD; empty: long term
    std::string_view member;  // their line in the member list after the credential: from,to,groups,flags; empty: none
    std::string_view who;
};

std::span<const CastMember> cast();
std::optional<SimulatedCard> card_of(std::string_view name);
// A CSV for `stationctl members build` with everybody who is a member.
std::string members_csv();

}  // namespace yizhan::simulated
