#include "firmware/station/alarm_kinds.h"

#include <array>

namespace yizhan {
namespace {

struct Traits {
    AlarmKind kind;
    Severity severity;
    bool latched = false;
};

constexpr std::array<Traits, alarm_kind_count> alarm_traits{{
    {AlarmKind::none, Severity::fault},
    {AlarmKind::door_forced, Severity::urgent},
    {AlarmKind::door_held_open, Severity::urgent},
    {AlarmKind::reader_fault, Severity::fault},
    {AlarmKind::tamper, Severity::urgent},
    {AlarmKind::fire, Severity::emergency},
    {AlarmKind::log_stalled, Severity::fault},
    {AlarmKind::log_failed, Severity::fault},
    {AlarmKind::records_lost, Severity::fault},
    {AlarmKind::no_member_list, Severity::fault},
    {AlarmKind::clock_untrusted, Severity::fault},
    {AlarmKind::output_fault, Severity::urgent},
    {AlarmKind::input_fault, Severity::fault},
    {AlarmKind::uplink, Severity::fault},
    {AlarmKind::meter_silent, Severity::fault},
    {AlarmKind::relay_welded, Severity::urgent},
    {AlarmKind::help, Severity::emergency, true},
    {AlarmKind::smoke, Severity::emergency, true},
    {AlarmKind::water_leak, Severity::urgent},
    {AlarmKind::mains_lost, Severity::urgent},
    {AlarmKind::battery_low, Severity::urgent},
    {AlarmKind::too_hot, Severity::urgent},
    {AlarmKind::too_cold, Severity::urgent},
    {AlarmKind::log_replaced, Severity::fault, true},
    {AlarmKind::log_shortened, Severity::fault},
    {AlarmKind::signers_expire, Severity::fault},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < alarm_traits.size(); ++i) {
        if (alarm_traits[i].kind != static_cast<AlarmKind>(i)) return false;
    }
    return true;
}
static_assert(in_order(), "the table is indexed by AlarmKind");

const Traits& traits_of(AlarmKind kind) { return alarm_traits[static_cast<std::size_t>(kind)]; }

}  // namespace

std::string_view name_of(Severity severity) {
    switch (severity) {
        case Severity::fault:
            return "fault";
        case Severity::urgent:
            return "urgent";
        case Severity::emergency:
            return "emergency";
    }
    return "";
}

Severity severity_of(AlarmKind kind) { return traits_of(kind).severity; }

bool is_latched(AlarmKind kind) { return traits_of(kind).latched; }

AlarmKind alarm_of(InputKind kind) {
    switch (kind) {
        case InputKind::fire:  // of the station, whichever input says so
        case InputKind::presence:
            return AlarmKind::none;
        case InputKind::tamper:
            return AlarmKind::tamper;
        case InputKind::help:
            return AlarmKind::help;
        case InputKind::smoke:
            return AlarmKind::smoke;
        case InputKind::water_leak:
            return AlarmKind::water_leak;
        case InputKind::mains_lost:
            return AlarmKind::mains_lost;
        case InputKind::battery_low:
            return AlarmKind::battery_low;
        case InputKind::too_hot:
            return AlarmKind::too_hot;
        case InputKind::too_cold:
            return AlarmKind::too_cold;
    }
    return AlarmKind::none;
}

}  // namespace yizhan
