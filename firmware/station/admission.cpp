#include "firmware/station/admission.h"

#include <algorithm>
#include <bit>

namespace yizhan {
namespace {

bool is_id_card(CredentialKind kind) {
    return kind == CredentialKind::resident_id || kind == CredentialKind::foreigner_pr ||
           kind == CredentialKind::hmt_permit;
}

bool group_open(const StationConfig& config, const GroupConfig& group, std::uint16_t minute, Day today) {
    const bool holiday = std::binary_search(config.holidays.begin(), config.holidays.end(), today);
    return (group.open_on_holidays || !holiday) && within(group.hours, minute);
}

// The first of the member's groups that is open now; none where all are shut.
std::optional<std::uint8_t> open_group(const StationConfig& config, GroupMask groups, std::uint16_t minute, Day today) {
    for (GroupMask rest = groups; rest != 0; rest &= rest - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(rest));
        if (i < config.groups.size() && group_open(config, config.groups[i], minute, today)) {
            return static_cast<std::uint8_t>(i);
        }
    }
    return std::nullopt;
}

Outcome by_card(const CardPresented& card, const Member* member, const StationConfig& config, bool dated, Day today) {
    if (dated && card.validity && today > card.validity->to) return Outcome::card_expired;
    if (dated && card.validity && today < card.validity->from) return Outcome::card_not_yet_valid;
    if (member != nullptr && member->has(MemberFlag::denied)) return Outcome::denied;
    if (config.policy == AdmissionPolicy::any_valid_id && member == nullptr) {
        return is_id_card(card.kind) && card.genuine ? Outcome::none : Outcome::not_an_id_card;
    }
    if (member == nullptr) return Outcome::not_a_member;
    if (dated && today > member->validity.to) return Outcome::membership_expired;
    if (dated && today < member->validity.from) return Outcome::membership_not_started;
    return Outcome::none;
}

Outcome by_mode(const State& state, bool staff) {
    switch (state.mode) {
        case Mode::lockdown:
            return Outcome::lockdown;
        case Mode::closed:
            return staff ? Outcome::none : Outcome::closed;
        case Mode::service:
            return staff ? Outcome::none : Outcome::in_service;
        case Mode::normal:
        case Mode::free_access:
            return Outcome::none;
    }
    return Outcome::none;
}

// Whoever was let in and has not come through takes a place too.
std::size_t on_their_way(const State& state, const CredentialId& but_for) {
    std::size_t count = 0;
    for (const DoorState& door : state.doors) {
        count += static_cast<std::size_t>(std::ranges::count_if(door.passages, [&](const Passage& passage) {
            return !passage.leaving && passage.credential != but_for && state.visit_of(passage.credential) == nullptr;
        }));
    }
    return count;
}

bool is_full(const StationConfig& config, const State& state, const CredentialId& who) {
    return config.capacity > 0 && state.confidence() == Confidence::certain &&
           state.count() + on_their_way(state, who) >= config.capacity;
}

}  // namespace

std::uint16_t minute_of_week(Wall wall, minutes utc_offset) {
    const auto local = std::chrono::floor<minutes>(wall.time_since_epoch()) + utc_offset;
    constexpr std::int64_t monday = 3 * 24 * 60;  // 1970-01-01 was a Thursday
    const std::int64_t minute = (local.count() + monday) % minutes_a_week;
    return static_cast<std::uint16_t>(minute < 0 ? minute + minutes_a_week : minute);
}

bool within(const std::vector<WeekSpan>& spans, std::uint16_t minute) {
    return spans.empty() || std::any_of(spans.begin(), spans.end(),
                                        [&](const WeekSpan& span) { return minute >= span.from && minute < span.to; });
}

Admission admit(const StationConfig& config, const State& state, const MemberList* members, bool log_full,
                const CardPresented& card, Purpose purpose, Now now) {
    if (members == nullptr && config.policy == AdmissionPolicy::members) return {Outcome::no_member_list, {}};
    Member found;
    const Member* member = members != nullptr && members->find(card.credential, found) ? &found : nullptr;

    const bool undated = !now.wall_trusted;
    if (undated && config.when_clock_untrusted == WhenUntrusted::refuse) return {Outcome::clock_unset, {}};
    const Day today = day_of(now.wall, config.utc_offset);
    std::optional<std::uint8_t> first_group;
    if (member != nullptr && member->groups != 0) {
        first_group = static_cast<std::uint8_t>(std::countr_zero(member->groups));
    }

    Outcome why = by_card(card, member, config, !undated, today);
    if (why != Outcome::none) return {why, first_group};
    const bool staff = member != nullptr && member->has(MemberFlag::staff);
    const Outcome yes = member != nullptr && member->has(MemberFlag::slow) ? Outcome::welcome_slow : Outcome::welcome;
    if (purpose == Purpose::use) return {yes, first_group};

    why = by_mode(state, staff);
    if (why != Outcome::none) return {why, first_group};
    std::optional<std::uint8_t> group = first_group;
    if (!undated && !staff) {
        const std::uint16_t minute = minute_of_week(now.wall, config.utc_offset);
        if (!within(config.opening_hours, minute)) return {Outcome::outside_hours, first_group};
        if (member != nullptr && member->groups != 0) {
            group = open_group(config, member->groups, minute, today);
            if (!group) return {Outcome::outside_hours, first_group};
        }
    }
    // Somebody who is counted as inside takes no further place.
    if (!staff && state.visit_of(card.credential) == nullptr && is_full(config, state, card.credential)) {
        return {Outcome::full, group};
    }
    if (log_full && config.when_log_full == WhenLogFull::refuse) return {Outcome::log_full, group};
    return {yes, group};
}

}  // namespace yizhan
