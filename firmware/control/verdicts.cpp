#include "firmware/control/verdicts.h"

#include <fmt/format.h>

#include <algorithm>

#include "firmware/control/document_parts.h"

namespace yizhan {
namespace {

// Meters report every few seconds; one that has been silent for so long no longer describes its outlet.
constexpr seconds meter_silence{60};

template <class Matches>
bool any_alarm(const StationView& view, Matches matches) {
    return std::ranges::any_of(view.station->state().alarms, matches);
}

bool alarm_at_door(const StationView& view, AlarmKind kind, std::size_t door) {
    return any_alarm(view, [&](const Alarm& alarm) { return alarm.kind == kind && alarm.door == DoorIndex(door); });
}

bool alarm_of(const StationView& view, AlarmKind kind) {
    return any_alarm(view, [&](const Alarm& alarm) { return alarm.kind == kind; });
}

std::string with_detail(const std::string& what, const std::string& detail) {
    return detail.empty() ? what : what + ": " + detail;
}

}  // namespace

Verdict door_verdict(const StationView& view, std::size_t door) {
    if (alarm_at_door(view, AlarmKind::door_forced, door)) {
        return {"was opened without a release", "look at the door and at who is inside, then close it"};
    }
    if (alarm_at_door(view, AlarmKind::door_held_open, door)) {
        return {"stands open too long", "close it; see whether something blocks it"};
    }
    if (alarm_at_door(view, AlarmKind::output_fault, door)) {
        return {"its lock does not take its level", "check the lock's output line, relay and supply"};
    }
    const DoorConfig& config = view.station->config().doors[door];
    const auto* contact = config.has_contact ? item_at(view.contacts, door) : nullptr;
    if (contact && !contact->verdict.empty()) {
        return {"its contact: " + contact->verdict, "check the door contact and its cable"};
    }
    if (contact && !contact->known) {
        return {"its contact has not been read yet", "check the door contact's input line"};
    }
    const auto* button = config.has_exit_button ? item_at(view.exit_buttons, door) : nullptr;
    if (button && !button->verdict.empty()) {
        return {"its exit button: " + button->verdict, "check the exit button and its cable"};
    }
    if (button && !button->known) {
        return {"its exit button has not been read yet", "check the exit button's input line"};
    }
    return {};
}

Verdict reader_verdict(const StationView& view, std::size_t reader) {
    const auto* status = item_at(view.readers, reader);
    if (!status) return {};
    switch (status->health) {
        case ReaderHealth::starting:
        case ReaderHealth::online:
            return {};
        case ReaderHealth::offline:
            return {with_detail("does not answer", status->verdict), "check its cable and supply, then replug it"};
        case ReaderHealth::degraded:
            return {with_detail("keeps failing to read", status->verdict),
                    "clean it, keep metal away from it, try a card that is known to work"};
        case ReaderHealth::failed:
            return {with_detail("says that it cannot work", status->verdict),
                    "switch its supply off and on; if that does not help, replace it"};
    }
    return {};
}

Verdict outlet_verdict(const StationView& view, std::size_t outlet, Now now) {
    const auto raised = [&](AlarmKind kind) {
        return any_alarm(view,
                         [&](const Alarm& alarm) { return alarm.kind == kind && alarm.outlet == OutletIndex(outlet); });
    };
    if (raised(AlarmKind::relay_welded)) {
        return {"its relay does not open: power flows although it is off",
                "switch it off at the breaker, replace the relay, then restart stationd"};
    }
    if (raised(AlarmKind::output_fault)) {
        return {"its relay does not take its level", "check the outlet's output line, relay and supply"};
    }
    if (raised(AlarmKind::too_hot)) {
        return {"its socket is too hot", "let it cool, then look at plug, socket and terminals: one of them is loose"};
    }
    const auto* thermometer = item_at(view.thermometers, outlet);
    if (thermometer != nullptr && *thermometer && !(*thermometer)->status.verdict.empty()) {
        return {"its thermometer " + (*thermometer)->status.verdict, (*thermometer)->status.cure};
    }
    const auto* meter = item_at(view.meters, outlet);
    const bool silent = raised(AlarmKind::meter_silent);
    if (!meter || !*meter) return silent ? Verdict{"its meter is silent", "check its cable and supply"} : Verdict{};
    if (!(*meter)->status.verdict.empty()) return {"its meter " + (*meter)->status.verdict, (*meter)->status.cure};
    if (silent || ((*meter)->latest && now.mono - (*meter)->latest->at > meter_silence)) {
        return {"its meter is silent", "check its cable and supply"};
    }
    return {};
}

// Of what an input tells; well: it is not an alarm of that kind.
Verdict emergency_verdict(const Alarm& alarm) {
    const std::string over = alarm.acknowledged ? "" : ", then: stationctl alarms acknowledge";
    switch (alarm.kind) {
        case AlarmKind::tamper:
            return {"the housing is open", "look at it and close it"};
        case AlarmKind::help:
            return {"somebody has called for help", "see to them at once" + over};
        case AlarmKind::smoke:
            return {"there is smoke: outlets are off", "see to the people, call the fire brigade" + over};
        case AlarmKind::water_leak:
            return {"there is water on the floor", "close the tap, look for the leak"};
        case AlarmKind::mains_lost:
            return {"the mains are gone: the station runs on its battery", "look at the breaker and the supply"};
        case AlarmKind::too_hot:
            return {"it is too hot",
                    "look what heats it: the sun, an air conditioner that is broken, something that burns"};
        case AlarmKind::too_cold:
            return {"it is too cold", "look at the heating before water freezes in the pipes"};
        case AlarmKind::battery_low:
            return {"the battery is nearly empty or worn out", "replace it, or look why it is not charged"};
        default:
            return {};
    }
}

Verdict input_verdict(const StationView& view, std::size_t input) {
    for (const Alarm& alarm : view.station->state().alarms) {
        if (alarm.input != InputIndex(input)) continue;
        if (const Verdict verdict = emergency_verdict(alarm); !verdict.well()) return verdict;
    }
    const auto* status = item_at(view.inputs, input);
    if (!status) return {};
    const bool deaf = !status->known && view.station->config().inputs[input].kind == InputKind::fire;
    const std::string so = deaf ? ": a fire would not be heard of" : "";
    if (!status->verdict.empty()) return {status->verdict + so, "check its cable"};
    if (!status->known) return {"has not been read yet" + so, "check its input line"};
    return {};
}

Verdict fire_verdict(const StationView& view) {
    if (!view.station->state().fire && !alarm_of(view, AlarmKind::fire)) return {};
    return {"the fire signal is on: doors are released, outlets are off",
            "see to the people first; then reset the fire alarm system"};
}

Verdict signers_verdict(const StationView& view, Now now) {
    const SignerStatus& signers = view.signers;
    constexpr const char* renew = "have the centre send a newer key set, or load one: stationctl signers load FILE";
    if (signers.version > 0 && now.wall_trusted && now.wall >= signers.expires) {
        return {"the key set has expired: no command of the centre is taken", renew};
    }
    if (alarm_of(view, AlarmKind::signers_expire)) {
        return {"the key set expires within a month; then no command of the centre is taken", renew};
    }
    if (signers.problem.empty()) return {};
    if (signers.version > 0) {
        return {"the newest key set could not be kept, the one before it stays in force: " + signers.problem, renew};
    }
    return {"there is no key set, no command of the centre is taken: " + signers.problem, renew};
}

Verdict members_verdict(const StationView& view) {
    const bool needed = view.station->config().policy == AdmissionPolicy::members;
    if (!view.members.loaded && needed) {
        return {with_detail("there is no member list: nobody is admitted", view.members.problem),
                "build one and load it: stationctl members load FILE"};
    }
    if (!view.members.problem.empty()) {
        return {"the newest list was refused, the one before it stays in force: " + view.members.problem,
                "build it again for this station, check it with: stationctl members check FILE"};
    }
    return {};
}

Verdict log_verdict(const StationView& view) {
    if (view.log.failed || alarm_of(view, AlarmKind::log_failed)) {
        return {with_detail("records cannot be stored", view.log.problem),
                "make room on the disk, or replace it: df -h, journalctl -k"};
    }
    if (alarm_of(view, AlarmKind::records_lost)) {
        return {"records were lost", "see the log for how many and when; check the disk: journalctl -k"};
    }
    if (alarm_of(view, AlarmKind::log_replaced)) {
        return {with_detail("the log before was damaged and a new one begun", view.log.replaced),
                "look at the disk with journalctl -k; delete the damaged one beside the log when somebody has looked "
                "at it, then: stationctl alarms acknowledge log-replaced"};
    }
    if (view.log.retention == RetentionFault::failed) {
        return {with_detail("old records can be neither erased nor deleted", view.log.retention_problem),
                "look at the disk with journalctl -k, and replace it"};
    }
    if (view.log.retention == RetentionFault::undelivered) {
        return {
            "the log is over its size, and nothing of it may go because the centre does not have it",
            "see why the centre does not hear us; meanwhile raise [log] most_records and most_megabytes if the disk "
            "has room"};
    }
    if (view.log.retention == RetentionFault::shortened || alarm_of(view, AlarmKind::log_shortened)) {
        return {fmt::format("records younger than {} days had to go, to keep the log within its size",
                            Retention::least.count()),
                "raise [log] most_records and most_megabytes, or put in a larger disk"};
    }
    if (alarm_of(view, AlarmKind::log_stalled)) {
        return {"storing takes too long", "check the disk: journalctl -k; replace a worn memory card"};
    }
    return {};
}

Verdict uplink_verdict(const StationView& view) {
    if (view.uplink.heard_of && (!view.uplink.connected || !view.uplink.fault.empty())) {
        auto what = with_detail("the centre does not hear us", view.uplink.fault);
        if (!view.uplink.detail.empty()) what += " (" + view.uplink.detail + ")";
        return {std::move(what), "check network and broker: journalctl -u station-uplink"};
    }
    if (alarm_of(view, AlarmKind::uplink)) {
        return {"the centre does not hear us", "check that it runs: systemctl status station-uplink"};
    }
    return {};
}

Verdict settings_verdict(const StationView& view) {
    if (view.settings_problem.empty()) return {};
    return {"the newest settings were refused, those before stay in force: " + view.settings_problem,
            "correct the file, check it with: stationctl config check FILE"};
}

Verdict sound_verdict(const StationView& view) {
    if (!view.sound_problem) return {};
    return {view.sound_problem->what, view.sound_problem->cure};
}

Verdict contactor_verdict(const StationView& view) {
    const bool failed = any_alarm(
        view, [](const Alarm& alarm) { return alarm.kind == AlarmKind::output_fault && !alarm.door && !alarm.outlet; });
    if (!failed) return {};
    return {"does not take its level: no outlet is given", "check the contactor's output line and supply"};
}

Verdict guard_verdict(const StationView& view) {
    if (!view.guard_problem) return {};
    return {view.guard_problem->what, view.guard_problem->cure};
}

Verdict clock_verdict(const StationView& view, Now now) {
    if (now.wall_trusted && !alarm_of(view, AlarmKind::clock_untrusted)) return {};
    return {"the clock is not known to be right", "check time synchronisation: timedatectl timesync-status"};
}

}  // namespace yizhan
