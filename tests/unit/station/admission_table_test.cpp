// Every combination of what decides about a card, against the list of reasons in the order in which they count.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <map>

#include "firmware/identity/member_list_builder.h"
#include "firmware/station/admission.h"
#include "tests/unit/identity/memory_file.h"

namespace yizhan::testing {
namespace {

enum class Person { stranger, plain, denied, staff, slow, over, early, shut_group, second_group_open };
enum class Card { genuine_id, copied_id, transit };
enum class Dates { valid, past, future, none };
enum class Clock { trusted, untrusted_admit, untrusted_refuse };
enum class Room { unlimited, free, full, full_by_estimate, full_with_them };
enum class Log { works, full_admit, full_refuse };

struct Case {
    AdmissionPolicy policy = AdmissionPolicy::members;
    bool list = true;
    Person person = Person::plain;
    Card card = Card::genuine_id;
    Dates dates = Dates::valid;
    Clock clock = Clock::trusted;
    Mode mode = Mode::normal;
    bool opening_hours = true;  // it is within them
    Room room = Room::unlimited;
    Log log = Log::works;
    Purpose purpose = Purpose::enter;

    bool known() const { return list && person != Person::stranger; }
    bool is(Person who) const { return list && person == who; }
    bool dated() const { return clock == Clock::trusted; }
    bool enters() const { return purpose == Purpose::enter; }
    bool bound_by_hours() const { return enters() && dated() && !is(Person::staff); }
};

struct Reason {
    Outcome outcome;
    bool (*applies)(const Case&);
};
// The first that applies is told: what concerns the card before what concerns the person, that before the station.
constexpr std::array reasons{
    Reason{Outcome::no_member_list, [](const Case& c) { return !c.list && c.policy == AdmissionPolicy::members; }},
    Reason{Outcome::clock_unset, [](const Case& c) { return c.clock == Clock::untrusted_refuse; }},
    Reason{Outcome::card_expired, [](const Case& c) { return c.dated() && c.dates == Dates::past; }},
    Reason{Outcome::card_not_yet_valid, [](const Case& c) { return c.dated() && c.dates == Dates::future; }},
    Reason{Outcome::denied, [](const Case& c) { return c.is(Person::denied); }},
    Reason{Outcome::not_an_id_card,
           [](const Case& c) {
               return !c.known() && c.policy == AdmissionPolicy::any_valid_id && c.card != Card::genuine_id;
           }},
    Reason{Outcome::not_a_member, [](const Case& c) { return !c.known() && c.policy == AdmissionPolicy::members; }},
    Reason{Outcome::membership_expired, [](const Case& c) { return c.dated() && c.is(Person::over); }},
    Reason{Outcome::membership_not_started, [](const Case& c) { return c.dated() && c.is(Person::early); }},
    Reason{Outcome::lockdown, [](const Case& c) { return c.enters() && c.mode == Mode::lockdown; }},
    Reason{Outcome::closed, [](const Case& c) { return c.enters() && c.mode == Mode::closed && !c.is(Person::staff); }},
    Reason{Outcome::in_service,
           [](const Case& c) { return c.enters() && c.mode == Mode::service && !c.is(Person::staff); }},
    Reason{Outcome::outside_hours, [](const Case& c) { return c.bound_by_hours() && !c.opening_hours; }},
    Reason{Outcome::outside_hours, [](const Case& c) { return c.bound_by_hours() && c.is(Person::shut_group); }},
    Reason{Outcome::full, [](const Case& c) { return c.enters() && c.room == Room::full && !c.is(Person::staff); }},
    Reason{Outcome::log_full, [](const Case& c) { return c.enters() && c.log == Log::full_refuse; }},
    Reason{Outcome::welcome_slow, [](const Case& c) { return c.is(Person::slow); }},
    Reason{Outcome::welcome, [](const Case&) { return true; }},
};

constexpr Wall wednesday_noon{std::chrono::days{20500} + std::chrono::hours{4}};  // at UTC+8
const Day today = day_of(wednesday_noon, minutes{480});
const Day yesterday = static_cast<Day>(today - 1);
const Day tomorrow = static_cast<Day>(today + 1);
constexpr std::uint32_t key_id = 1;

std::array<std::uint8_t, 16> digest_of(Person person) {
    std::array<std::uint8_t, 16> digest{};
    digest.fill(static_cast<std::uint8_t>(0x10 + static_cast<int>(person)));
    return digest;
}

std::unique_ptr<MemberList> list_of_them() {
    MemberTable table{.groups = {"shut", "open"}, .rows = {}};
    const auto add = [&](Person person, DayRange validity, std::uint16_t flags, GroupMask groups) {
        table.rows.push_back({digest_of(person), validity, flags, 0, groups});
    };
    const auto flag = [](MemberFlag which) { return static_cast<std::uint16_t>(which); };
    add(Person::plain, {today, today}, 0, 0);
    add(Person::denied, {today, today}, flag(MemberFlag::denied), 0);
    add(Person::staff, {today, today}, flag(MemberFlag::staff), 1);  // a shut group does not bind staff
    add(Person::slow, {today, today}, flag(MemberFlag::slow), 0);
    add(Person::over, {yesterday, yesterday}, 0, 0);
    add(Person::early, {tomorrow, tomorrow}, 0, 0);
    add(Person::shut_group, {today, today}, 0, 1);
    add(Person::second_group_open, {today, today}, 0, 3);
    sort_by_digest(table.rows);
    auto bytes = member_list_file({.station = "test", .version = 1, .built_at = 0, .key_id = key_id}, table);
    YZ_CHECK(bytes.has_value());
    MemoryFile file(std::move(*bytes));
    const std::vector<std::string> groups{"shut", "open"};
    auto list = MemberList::load(file, "test", key_id, groups);
    YZ_CHECK(list.has_value());
    return std::move(*list);
}

StationConfig config_of(const Case& c) {
    StationConfig config;
    config.policy = c.policy;
    config.when_clock_untrusted = c.clock == Clock::untrusted_refuse ? WhenUntrusted::refuse : WhenUntrusted::admit;
    config.when_log_full = c.log == Log::full_refuse ? WhenLogFull::refuse : WhenLogFull::admit;
    const std::uint16_t minute = minute_of_week(wednesday_noon, config.utc_offset);
    const WeekSpan now{minute, static_cast<std::uint16_t>(minute + 1)};
    const WeekSpan later{static_cast<std::uint16_t>(minute + 1), static_cast<std::uint16_t>(minute + 2)};
    config.opening_hours = {c.opening_hours ? now : later};
    config.groups = {{.name = "shut", .hours = {later}}, {.name = "open", .hours = {now}}};
    if (c.room != Room::unlimited) config.capacity = c.room == Room::free ? 2 : 1;
    return config;
}

State state_of(const Case& c, const CredentialId& theirs) {
    State state;
    state.mode = c.mode;
    CredentialId somebody = theirs;
    if (c.room != Room::full_with_them) somebody.digest.fill(0x77);
    state.inside.push_back({.id = 1, .credential = somebody});
    state.uncounted = c.room == Room::full_by_estimate;
    return state;
}

CardPresented card_of(const Case& c) {
    CardPresented card;
    card.credential = {key_id, digest_of(c.person)};
    card.kind = c.card == Card::transit ? CredentialKind::wiegand26 : CredentialKind::resident_id;
    card.genuine = c.card == Card::genuine_id;
    if (c.dates == Dates::valid) card.validity = DayRange{today, today};
    if (c.dates == Dates::past) card.validity = DayRange{yesterday, yesterday};
    if (c.dates == Dates::future) card.validity = DayRange{tomorrow, tomorrow};
    return card;
}

void every(Case& c, const auto& visit) { visit(c); }
// Each value of `field` from 0 to `last`, with each of the rest.
template <class T>
void every(Case& c, const auto& visit, T Case::* field, T last, auto... rest) {
    for (int value = 0; value <= static_cast<int>(last); ++value) {
        c.*field = static_cast<T>(value);
        every(c, visit, rest...);
    }
}

void every_case(const auto& visit) {
    Case c;
    every(c, visit, &Case::policy, AdmissionPolicy::any_valid_id, &Case::list, true, &Case::person,
          Person::second_group_open, &Case::card, Card::transit, &Case::dates, Dates::none, &Case::clock,
          Clock::untrusted_refuse, &Case::mode, Mode::service, &Case::opening_hours, true, &Case::room,
          Room::full_with_them, &Case::log, Log::full_refuse, &Case::purpose, Purpose::use);
}

TEST(AdmissionTable, EveryCombinationGetsTheFirstReasonThatApplies) {
    const auto list = list_of_them();
    std::map<Outcome, std::size_t> told;
    std::size_t wrong = 0;
    every_case([&](const Case& c) {
        const CardPresented card = card_of(c);
        Outcome expected = Outcome::none;
        for (const Reason& reason : reasons) {
            if (!reason.applies(c)) continue;
            expected = reason.outcome;
            break;
        }
        const Now now{Mono{std::chrono::hours{1}}, wednesday_noon, c.clock == Clock::trusted};
        const Admission admission = admit(config_of(c), state_of(c, card.credential), c.list ? list.get() : nullptr,
                                          c.log != Log::works, card, c.purpose, now);
        ++told[expected];
        if (admission.outcome == expected || ++wrong > 5) return;
        ADD_FAILURE() << text_of(admission.outcome).code << " instead of " << text_of(expected).code << ": person "
                      << static_cast<int>(c.person) << ", card " << static_cast<int>(c.card) << ", dates "
                      << static_cast<int>(c.dates) << ", clock " << static_cast<int>(c.clock) << ", mode "
                      << name_of(c.mode) << ", room " << static_cast<int>(c.room) << ", log "
                      << static_cast<int>(c.log);
    });
    EXPECT_EQ(wrong, 0U);
    std::size_t cases = 0;
    for (const auto& [outcome, count] : told) cases += count;
    for (const Reason& reason : reasons) EXPECT_GT(told[reason.outcome], 0U) << text_of(reason.outcome).code;
    std::printf("sample: %zu combinations, all there are\n", cases);
}

TEST(AdmissionTable, TheGroupIsTheFirstOneThatIsOpen) {
    const auto list = list_of_them();
    const Case c{.person = Person::second_group_open};
    const Now now{Mono{std::chrono::hours{1}}, wednesday_noon, true};
    const Admission admission = admit(config_of(c), State(), list.get(), false, card_of(c), Purpose::enter, now);
    EXPECT_EQ(admission.group, 1);
}

TEST(AdmissionTable, AGroupShutOnHolidaysIsShutAllThatDay) {
    const auto list = list_of_them();
    const Case c{.person = Person::second_group_open};
    StationConfig config = config_of(c);
    config.holidays = {today};
    config.groups[1].open_on_holidays = false;
    for (const int hour : {-12, 0, 11}) {
        const Now now{Mono{std::chrono::hours{1}}, wednesday_noon + std::chrono::hours{hour}, true};
        config.opening_hours.clear();
        config.groups[1].hours.clear();
        EXPECT_EQ(admit(config, State(), list.get(), false, card_of(c), Purpose::enter, now).outcome,
                  Outcome::outside_hours)
            << hour;
    }
}

}  // namespace
}  // namespace yizhan::testing
