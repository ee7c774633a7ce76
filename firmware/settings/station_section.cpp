#include <fmt/format.h>

#include <algorithm>

#include "firmware/identity/member_list.h"
#include "firmware/identity/names.h"
#include "firmware/settings/sections.h"

namespace yizhan {
namespace {

// As in member lists, which would refuse any other.
const TextForm group_name_form{is_group_name, "1 to 32 of a-z, 0-9 and -, with a letter first", "\"sanitation\""};

void read_holidays(Section& section, std::vector<Day>& holidays) {
    using std::chrono::sys_days;
    const sys_days first{std::chrono::year{2000} / 1 / 1};
    const sys_days last{std::chrono::year{2099} / 12 / 31};
    for (const PlacedDate& date : section.dates("holidays")) {
        const sys_days day{date.date};
        if (day < first || day > last) {
            section.error_at(date.at, "holidays: a date out of bounds", "say 2000-01-01 to 2099-12-31");
            continue;
        }
        holidays.push_back(static_cast<Day>((day - first).count()));
    }
    std::ranges::sort(holidays);
    const auto repeated = std::ranges::unique(holidays);
    holidays.erase(repeated.begin(), repeated.end());
}

void read_group(Section& section, GroupConfig& group) {
    if (section.text("name", group.name, group_name_form, Need::required)) section.claim_name("group", group.name);
    section.week("hours", group.hours);
    section.choice<bool>("holidays", group.open_on_holidays, {{"open", true}, {"closed", false}});
    section.finish();
}

void read_station_section(Section& section, Settings& settings) {
    StationConfig& station = settings.station;
    section.text("id", station.id, name_form, Need::required);
    section.text("name_zh", settings.name.zh, label_form);
    section.text("name_en", settings.name.en, label_form);
    section.text("address_zh", settings.address.zh, label_form);
    section.text("address_en", settings.address.en, label_form);
    section.offset("utc_offset", station.utc_offset);
    section.whole<std::uint16_t>("capacity", station.capacity, 0, 9999);
    section.week("opening_hours", station.opening_hours);
    read_holidays(section, station.holidays);
    section.finish();
}

void read_admission(Section& section, StationConfig& station) {
    section.choice<AdmissionPolicy>(
        "policy", station.policy,
        {{"members", AdmissionPolicy::members}, {"any-valid-id", AdmissionPolicy::any_valid_id}});
    section.choice<WhenUntrusted>("when_clock_untrusted", station.when_clock_untrusted,
                                  {{"admit", WhenUntrusted::admit}, {"refuse", WhenUntrusted::refuse}});
    section.choice<WhenLogFull>("when_log_full", station.when_log_full,
                                {{"admit", WhenLogFull::admit}, {"refuse", WhenLogFull::refuse}});
    section.choice<Durability>(
        "durability", station.durability,
        {{"after-release", Durability::after_release}, {"before-release", Durability::before_release}});
    section.duration("evidence_within", station.evidence_within, milliseconds{100}, seconds{5});
    section.choice<WhenEvidenceLate>("when_evidence_late", station.when_evidence_late,
                                     {{"admit", WhenEvidenceLate::admit}, {"refuse", WhenEvidenceLate::refuse}});
    section.finish();
}

void read_clock(Section& section, ClockTrust& clock) {
    section.choice<ClockTrust>("trusted", clock,
                               {{"synchronised", ClockTrust::synchronised}, {"always", ClockTrust::always}});
    section.finish();
}

void read_occupancy(Section& section, StationConfig& station) {
    section.duration("empty_grace", station.empty_grace, seconds{5}, hours{1});
    section.duration("resume_within", station.resume_within, seconds{0}, hours{1});
    section.duration("proven_empty_after", station.proven_empty_after, seconds{10}, hours{24});
    section.finish();
}

}  // namespace

void read_station(Section& file, Settings& settings) {
    StationConfig& station = settings.station;
    if (auto section = file.section("station", Need::required)) read_station_section(*section, settings);
    if (auto section = file.section("admission")) read_admission(*section, station);
    if (auto section = file.section("clock")) read_clock(*section, settings.clock);
    if (auto section = file.section("occupancy")) read_occupancy(*section, station);
    for (Section& section : file.sections("group", max_groups)) read_group(section, station.groups.emplace_back());
}

}  // namespace yizhan
