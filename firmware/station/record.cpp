#include "firmware/station/record.h"

#include <array>

namespace yizhan {
namespace {

template <class Enum>
struct NameRow {
    Enum value;
    std::string_view name;
};

template <class Enum, std::size_t N>
using NameTable = std::array<NameRow<Enum>, N>;

// `last` is the last enumerator: a table that misses one, or has one in the wrong place, does not compile.
template <class Enum, std::size_t N>
constexpr bool is_complete(const NameTable<Enum, N>& table, Enum last) {
    if (N != static_cast<std::size_t>(last) + 1) return false;
    for (std::size_t i = 0; i < N; ++i) {
        if (table[i].value != static_cast<Enum>(i) || table[i].name.empty()) return false;
        for (std::size_t j = 0; j < i; ++j) {
            if (table[i].name == table[j].name) return false;
        }
    }
    return true;
}

template <class Enum, std::size_t N>
std::string_view name_in(const NameTable<Enum, N>& table, Enum value) {
    return table[static_cast<std::size_t>(value)].name;
}

template <class Enum, std::size_t N>
std::optional<Enum> value_in(const NameTable<Enum, N>& table, std::string_view name) {
    for (const auto& row : table) {
        if (row.name == name) return row.value;
    }
    return std::nullopt;
}

constexpr NameTable<RecordType, record_type_count> record_types{{
    {RecordType::started, "started"},
    {RecordType::stopped, "stopped"},
    {RecordType::granted, "granted"},
    {RecordType::refused, "refused"},
    {RecordType::entered, "entered"},
    {RecordType::not_entered, "not-entered"},
    {RecordType::left, "left"},
    {RecordType::exit_requested, "exit-requested"},
    {RecordType::released, "released"},
    {RecordType::secured, "secured"},
    {RecordType::door_opened, "door-opened"},
    {RecordType::door_closed, "door-closed"},
    {RecordType::alarm_raised, "alarm-raised"},
    {RecordType::alarm_cleared, "alarm-cleared"},
    {RecordType::outlet_on, "outlet-on"},
    {RecordType::outlet_warned, "outlet-warned"},
    {RecordType::outlet_off, "outlet-off"},
    {RecordType::mode_changed, "mode-changed"},
    {RecordType::fire_started, "fire-started"},
    {RecordType::fire_ended, "fire-ended"},
    {RecordType::presence_changed, "presence-changed"},
    {RecordType::occupancy_set, "occupancy-set"},
    {RecordType::station_empty, "station-empty"},
    {RecordType::members_loaded, "members-loaded"},
    {RecordType::settings_loaded, "settings-loaded"},
    {RecordType::enrol_started, "enrol-started"},
    {RecordType::enrol_ended, "enrol-ended"},
    {RecordType::enrolled, "enrolled"},
    {RecordType::records_lost, "records-lost"},
    {RecordType::outlet_metered, "outlet-metered"},
    {RecordType::alarm_acknowledged, "alarm-acknowledged"},
    {RecordType::outlet_overridden, "outlet-overridden"},
    {RecordType::entry_asked, "entry-asked"},
    {RecordType::command_taken, "command-taken"},
    {RecordType::commands_refused, "commands-refused"},
    {RecordType::signers_loaded, "signers-loaded"},
    {RecordType::signer_removed, "signer-removed"},
}};
static_assert(is_complete(record_types, RecordType::signer_removed));

constexpr NameTable<OpenCause, 8> open_causes{{
    {OpenCause::none, "none"},
    {OpenCause::granted, "granted"},
    {OpenCause::exit_button, "exit-button"},
    {OpenCause::command, "command"},
    {OpenCause::mode, "mode"},
    {OpenCause::fire, "fire"},
    {OpenCause::exit_by_handle, "exit-by-handle"},
    {OpenCause::forced, "forced"},
}};
static_assert(is_complete(open_causes, OpenCause::forced));

constexpr NameTable<OffReason, 20> off_reasons{{
    {OffReason::none, "none"},
    {OffReason::time_limit, "time-limit"},
    {OffReason::left, "left"},
    {OffReason::station_empty, "station-empty"},
    {OffReason::command, "command"},
    {OffReason::mode, "mode"},
    {OffReason::fire, "fire"},
    {OffReason::fault, "fault"},
    {OffReason::restart, "restart"},
    {OffReason::over_current, "over-current"},
    {OffReason::overload, "overload"},
    {OffReason::nothing_plugged, "nothing-plugged"},
    {OffReason::unplugged, "unplugged"},
    {OffReason::full, "full"},
    {OffReason::meter_silent, "meter-silent"},
    {OffReason::relay_welded, "relay-welded"},
    {OffReason::smoke, "smoke"},
    {OffReason::out_of_hours, "out-of-hours"},
    {OffReason::power_budget, "power-budget"},
    {OffReason::too_hot, "too-hot"},
}};
static_assert(is_complete(off_reasons, OffReason::too_hot));

constexpr NameTable<Mode, 5> modes{{
    {Mode::normal, "normal"},
    {Mode::lockdown, "lockdown"},
    {Mode::free_access, "free-access"},
    {Mode::closed, "closed"},
    {Mode::service, "service"},
}};
static_assert(is_complete(modes, Mode::service));

constexpr NameTable<AlarmKind, alarm_kind_count> alarm_kinds{{
    {AlarmKind::none, "none"},
    {AlarmKind::door_forced, "door-forced"},
    {AlarmKind::door_held_open, "door-held-open"},
    {AlarmKind::reader_fault, "reader-fault"},
    {AlarmKind::tamper, "tamper"},
    {AlarmKind::fire, "fire"},
    {AlarmKind::log_stalled, "log-stalled"},
    {AlarmKind::log_failed, "log-failed"},
    {AlarmKind::records_lost, "records-lost"},
    {AlarmKind::no_member_list, "no-member-list"},
    {AlarmKind::clock_untrusted, "clock-untrusted"},
    {AlarmKind::output_fault, "output-fault"},
    {AlarmKind::input_fault, "input-fault"},
    {AlarmKind::uplink, "uplink"},
    {AlarmKind::meter_silent, "meter-silent"},
    {AlarmKind::relay_welded, "relay-welded"},
    {AlarmKind::help, "help"},
    {AlarmKind::smoke, "smoke"},
    {AlarmKind::water_leak, "water-leak"},
    {AlarmKind::mains_lost, "mains-lost"},
    {AlarmKind::battery_low, "battery-low"},
    {AlarmKind::too_hot, "too-hot"},
    {AlarmKind::too_cold, "too-cold"},
    {AlarmKind::log_replaced, "log-replaced"},
    {AlarmKind::log_shortened, "log-shortened"},
    {AlarmKind::signers_expire, "signers-expire"},
}};
static_assert(is_complete(alarm_kinds, AlarmKind::signers_expire));

constexpr NameTable<InputKind, input_kind_count> input_kinds{{
    {InputKind::fire, "fire"},
    {InputKind::tamper, "tamper"},
    {InputKind::presence, "presence"},
    {InputKind::help, "help"},
    {InputKind::smoke, "smoke"},
    {InputKind::water_leak, "water-leak"},
    {InputKind::mains_lost, "mains-lost"},
    {InputKind::battery_low, "battery-low"},
    {InputKind::too_hot, "too-hot"},
    {InputKind::too_cold, "too-cold"},
}};
static_assert(is_complete(input_kinds, InputKind::too_cold));

constexpr NameTable<ActorRole, 6> actor_roles{{
    {ActorRole::station, "station"},
    {ActorRole::maintenance, "maintenance"},
    {ActorRole::read_only, "read-only"},
    {ActorRole::uplink, "uplink"},
    {ActorRole::simulation, "simulation"},
    {ActorRole::centre, "centre"},
}};
static_assert(is_complete(actor_roles, ActorRole::centre));

}  // namespace

std::string_view name_of(RecordType value) { return name_in(record_types, value); }
std::string_view name_of(OpenCause value) { return name_in(open_causes, value); }
std::string_view name_of(OffReason value) { return name_in(off_reasons, value); }
std::string_view name_of(Mode value) { return name_in(modes, value); }
std::string_view name_of(AlarmKind value) { return name_in(alarm_kinds, value); }
std::string_view name_of(InputKind value) { return name_in(input_kinds, value); }
std::string_view name_of(ActorRole value) { return name_in(actor_roles, value); }

std::optional<RecordType> record_type_from(std::string_view name) { return value_in(record_types, name); }
std::optional<OpenCause> open_cause_from(std::string_view name) { return value_in(open_causes, name); }
std::optional<OffReason> off_reason_from(std::string_view name) { return value_in(off_reasons, name); }
std::optional<Mode> mode_from(std::string_view name) { return value_in(modes, name); }
std::optional<AlarmKind> alarm_kind_from(std::string_view name) { return value_in(alarm_kinds, name); }
std::optional<ActorRole> actor_role_from(std::string_view name) { return value_in(actor_roles, name); }

}  // namespace yizhan
