#include <nlohmann/json.hpp>

#include "firmware/control/document_parts.h"
#include "firmware/control/documents.h"
#include "firmware/control/verdicts.h"

namespace yizhan {
namespace {

using nlohmann::json;

// Collects what is wrong while the parts are described, in their order: what concerns people first.
class Findings {
 public:
    void add(json& part, const std::string& where, const Verdict& verdict) {
        part["ok"] = verdict.well();
        if (verdict.well()) return;
        part["verdict"] = verdict.what;
        part["cure"] = verdict.cure;
        list_.push_back({{"where", where}, {"what", verdict.what}, {"cure", verdict.cure}});
    }
    json take() { return std::move(list_); }

 private:
    json list_ = json::array();
};

double celsius(std::int32_t millicelsius) { return static_cast<double>(millicelsius) / 1000.0; }

json contact_document(const ContactStatus& contact) {
    json document = {{"active", contact.active},
                     {"known", contact.known},
                     {"changes", contact.changes},
                     {"bounces", contact.bounces},
                     {"gaps", contact.gaps}};
    if (contact.millicelsius) document["temperature_c"] = celsius(*contact.millicelsius);
    return document;
}

json counts_document(const MeterStatus& status) {
    return {{"readings", status.readings}, {"bad_frames", status.bad_frames}, {"timeouts", status.timeouts}};
}

json doors(const StationView& view, Findings& findings) {
    json all = json::array();
    const auto& config = view.station->config().doors;
    for (std::size_t i = 0; i < config.size(); ++i) {
        json one = door_document(view, i);
        if (const auto* lock = item_at(view.locks, i)) {
            one["lock"] = {{"released", lock->released},
                           {"lease_expired", lock->lease_expired},
                           {"output_errors", lock->output_errors}};
        }
        const auto* contact = item_at(view.contacts, i);
        if (contact && config[i].has_contact) one["contact"] = contact_document(*contact);
        const auto* button = item_at(view.exit_buttons, i);
        if (button && config[i].has_exit_button) one["exit_button"] = contact_document(*button);
        findings.add(one, "door " + config[i].name, door_verdict(view, i));
        all.push_back(std::move(one));
    }
    return all;
}

json readers(const StationView& view, Findings& findings) {
    json all = json::array();
    const auto& config = view.station->config().readers;
    for (std::size_t i = 0; i < config.size(); ++i) {
        json one = {{"name", config[i].name}};
        if (const auto* status = item_at(view.readers, i)) {
            one["health"] = name_of(status->health);
            if (!status->serial.empty()) one["serial"] = status->serial;
            one["cards"] = status->cards;
            one["refused"] = status->refused;
            one["bad_frames"] = status->bad_frames;
            one["timeouts"] = status->timeouts;
            one["resets"] = status->resets;
        }
        const Enrolment& enrolment = view.station->state().enrolments[i];
        if (enrolment.active) {
            one["enrolling"] = {{"cards", enrolment.cards},
                                {"ends_at", unix_ms(enrolment.since.wall + enrolment.lasts)}};
        }
        findings.add(one, "reader " + config[i].name, reader_verdict(view, i));
        all.push_back(std::move(one));
    }
    return all;
}

json outlets(const StationView& view, Now now, Findings& findings) {
    json all = json::array();
    const auto& config = view.station->config().outlets;
    for (std::size_t i = 0; i < config.size(); ++i) {
        json one = outlet_document(view, i);
        if (const auto* status = item_at(view.outlets, i)) {
            one["relay"] = {{"on", status->on},
                            {"lease_expired", status->lease_expired},
                            {"longest_on_reached", status->longest_on_reached},
                            {"output_errors", status->output_errors}};
        }
        if (const auto drawn = view.station->drawn(OutletIndex(i)); drawn > 0) {
            one["drawn_wh"] = static_cast<double>(drawn) / 1000.0;
        }
        if (const auto* meter = item_at(view.meters, i); meter && *meter) {
            const MeterView& of = **meter;
            one["meter"] = counts_document(of.status);
            if (of.latest) {
                one["power_w"] = static_cast<double>(of.latest->milliwatts) / 1000.0;
                one["current_a"] = static_cast<double>(of.latest->milliamps) / 1000.0;
                one["energy_wh"] = static_cast<double>(of.latest->milliwatt_hours) / 1000.0;
                if (of.latest->millivolts != 0) {
                    one["voltage_v"] = static_cast<double>(of.latest->millivolts) / 1000.0;
                }
            }
        }
        if (const auto* thermometer = item_at(view.thermometers, i); thermometer && *thermometer) {
            one["thermometer"] = counts_document((*thermometer)->status);
            if (const auto& latest = (*thermometer)->latest) one["temperature_c"] = celsius(latest->millicelsius);
        }
        findings.add(one, "outlet " + config[i].name, outlet_verdict(view, i, now));
        all.push_back(std::move(one));
    }
    return all;
}

json inputs(const StationView& view, Findings& findings) {
    json all = json::array();
    const auto& config = view.station->config().inputs;
    for (std::size_t i = 0; i < config.size(); ++i) {
        json one = {{"name", config[i].name}};
        if (const auto* status = item_at(view.inputs, i)) one.update(contact_document(*status));
        findings.add(one, "input " + config[i].name, input_verdict(view, i));
        all.push_back(std::move(one));
    }
    return all;
}

json members(const StationView& view, Findings& findings) {
    json one = {{"loaded", view.members.loaded}};
    if (view.members.loaded) {
        one["version"] = view.members.version;
        one["count"] = view.members.count;
        one["built_at"] = view.members.built_at * 1000;
    }
    findings.add(one, "member list", members_verdict(view));
    return one;
}

json commands(const StationView& view, Now now, Findings& findings) {
    const SignerStatus& signers = view.signers;
    json one = {{"set_up", signers.set_up},
                {"taken", view.station->surroundings().commands_taken},
                {"refused", json::object()}};
    for (const auto& refused : view.station->surroundings().refused_commands) {
        one["refused"][text_of(refused.why).code] = refused.all;
    }
    if (signers.version > 0) {
        one["version"] = signers.version;
        one["expires"] = unix_ms(signers.expires);
        one["keys"] = json::array();
        for (const Signer& signer : signers.signers) {
            one["keys"].push_back({{"number", signer.number}, {"roles", roles_of(signer)}});
        }
    }
    findings.add(one, "commands of the centre", signers_verdict(view, now));
    return one;
}

json log(const StationView& view, Findings& findings) {
    json one = {{"epoch", view.log.epoch},
                {"first", view.log.beginning.first()},
                {"last", view.log.last},
                {"stored", view.log.stored},
                {"waiting", view.log.waiting},
                {"acknowledged", view.log.acknowledged},
                {"slowest_ms", view.log.slowest.count()},
                {"late", view.log.late}};
    if (view.log.oldest_unacknowledged) one["oldest_unacknowledged"] = unix_ms(*view.log.oldest_unacknowledged);
    findings.add(one, "log", log_verdict(view));
    return one;
}

json uplink(const StationView& view, Now now, Findings& findings) {
    json one = {{"heard_of", view.uplink.heard_of}, {"connected", view.uplink.connected}};
    if (!view.uplink.fault.empty()) one["fault"] = view.uplink.fault;
    if (!view.uplink.detail.empty()) one["detail"] = view.uplink.detail;
    if (view.uplink.heard_of) {
        one["since"] = unix_ms(now.wall - std::chrono::duration_cast<milliseconds>(now.mono - view.uplink.since));
    }
    findings.add(one, "uplink", uplink_verdict(view));
    return one;
}

}  // namespace

json status_document(const StationView& view, Now now) {
    const StationConfig& config = view.station->config();
    const State& state = view.station->state();
    Findings findings;
    json fire = {{"on", state.fire}};
    findings.add(fire, "fire", fire_verdict(view));
    json document = {{"time", unix_ms(now.wall)},
                     {"utc_offset_minutes", config.utc_offset.count()},
                     {"station", config.id},
                     {"name", {{"zh", view.name_zh}, {"en", view.name_en}}},
                     {"version", view.version},
                     {"boot", hex16(view.boot)},
                     {"started", unix_ms(view.started)},
                     {"occupancy", occupancy_document(view)},
                     {"mode", name_of(state.mode)},
                     {"presence", state.presence},
                     {"alarms", alarm_documents(view)},
                     {"control", {{"clients_dropped", view.clients_dropped}}},
                     {"fire", std::move(fire)}};
    if (const auto ends = mode_ends_at(state)) document["mode_ends_at"] = *ends;
    const auto judge = [&](const char* key, json part, const std::string& where, const Verdict& verdict) {
        findings.add(part, where, verdict);
        document[key] = std::move(part);
    };
    document["doors"] = doors(view, findings);
    document["inputs"] = inputs(view, findings);
    document["readers"] = readers(view, findings);
    document["members"] = members(view, findings);
    document["commands"] = commands(view, now, findings);
    document["outlets"] = outlets(view, now, findings);
    if (config.has_contactor) judge("contactor", json::object(), "contactor", contactor_verdict(view));
    document["log"] = log(view, findings);
    judge("clock", {{"trusted", now.wall_trusted}}, "clock", clock_verdict(view, now));
    document["uplink"] = uplink(view, now, findings);
    judge("sound", json::object(), "loudspeaker", sound_verdict(view));
    judge("guard", json::object(), "outputs", guard_verdict(view));
    judge("settings", json::object(), "settings", settings_verdict(view));
    document["problems"] = findings.take();
    document["ok"] = document["problems"].empty() && state.alarms.empty();
    return document;
}

}  // namespace yizhan
