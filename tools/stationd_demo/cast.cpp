#include "tools/stationd_demo/cast.h"

#include <algorithm>
#include <array>

namespace yizhan::simulated {
namespace {

constexpr std::array<CastMember, 9> everybody{{
    {"courier", "19900101", 1, "", ",,always,", "a courier, member at any hour"},
    {"cleaner", "19750615", 2, "", ",,day,", "a sanitation worker, member from 06:00 to 22:00"},
    {"driver", "19850320", 3, "", ",,always,", "a driver, member at any hour"},
    {"elder", "19480210", 4, "", ",,always,slow", "a member who needs more time at the door"},
    {"staff", "19800808", 5, "", ",,always,staff", "maintenance staff"},
    {"stranger", "19920229", 6, "", "", "nobody has registered this card"},
    {"lapsed", "19910909", 7, "", "2024-01-01,2025-12-31,always,", "membership ended in 2025"},
    {"barred", "19880707", 8, "", ",,always,denied", "on the deny list"},
    {"outdated", "19700303", 9, "20240331", ",,always,", "a member whose ID card expired in 2024"},
}};

}  // namespace

std::span<const CastMember> cast() { return everybody; }

std::optional<SimulatedCard> card_of(std::string_view name) {
    const auto* found = std::find_if(everybody.begin(), everybody.end(), [&](const auto& m) { return m.name == name; });
    if (found == everybody.end()) return std::nullopt;
    return resident_card(found->birth, found->sequence, "20200101", found->card_valid_to);
}

std::string members_csv() {
    std::string csv = "credential,valid_from,valid_to,groups,flags\n";
    for (const auto& member : everybody) {
        if (member.member.empty()) continue;
        csv += "id:" + synthetic_number(member.birth, member.sequence) + "," + std::string(member.member) + "\n";
    }
    return csv;
}

}  // namespace yizhan::simulated
