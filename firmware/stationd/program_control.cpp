// What the control socket may ask of the station.
#include <nlohmann/json.hpp>

#include "firmware/stationd/program.h"
#include "firmware/stationd/version.h"

namespace yizhan {
namespace {

template <class Drivers>
auto statuses(const Drivers& drivers) {
    std::vector<decltype(drivers.front()->status())> all;
    for (const auto& driver : drivers) {
        all.push_back(driver ? driver->status() : decltype(driver->status()){});
    }
    return all;
}

}  // namespace

StationView StationProgram::view() const {
    StationView view;
    view.station = &station_;
    view.version = program_version;
    view.name_zh = settings_->name.zh;
    view.name_en = settings_->name.en;
    view.address_zh = settings_->address.zh;
    view.address_en = settings_->address.en;
    view.boot = machine_.boot;
    view.started = started_at_;
    view.locks = statuses(hardware_.locks);
    view.contacts = statuses(hardware_.door_contacts);
    view.exit_buttons = statuses(hardware_.exit_buttons);
    view.readers = statuses(hardware_.readers);
    view.outlets = statuses(hardware_.outlets);
    view.inputs = statuses(hardware_.inputs);
    for (const auto& meter : hardware_.meters) {
        view.meters.push_back(meter ? std::optional(MeterView{meter->latest(), meter->status()}) : std::nullopt);
    }
    for (const auto& thermometer : hardware_.thermometers) {
        view.thermometers.push_back(
            thermometer ? std::optional(ThermometerView{thermometer->latest(), thermometer->status()}) : std::nullopt);
    }
    view.members = member_status_;
    view.signers = signer_status();
    view.log.epoch = log_writer_->epoch();
    view.log.beginning = log_writer_->beginning();
    view.log.retention = log_writer_->retention_fault().value_or(RetentionFault::none);
    view.log.retention_problem = log_writer_->retention_problem().what;
    view.log.last = station_.state().seq;
    view.log.stored = log_writer_->stored();
    view.log.acknowledged = log_writer_->acknowledged();
    view.log.waiting = log_writer_->waiting();
    view.log.slowest = log_writer_->storing_times().slowest;
    view.log.late = log_writer_->storing_times().late;
    view.log.oldest_unacknowledged = log_writer_->oldest_unacknowledged();
    view.log.failed = log_failed_;
    view.log.problem = log_problem_;
    if (log_set_aside_) view.log.replaced = log_set_aside_->what;
    view.log.key = log_->public_key();
    view.log.checkpoint = log_writer_->checkpoint();
    view.uplink = uplink_status_;
    if (prompt_) view.sound_problem = prompt_->trouble();
    if (machine_.guard_trouble) view.guard_problem = machine_.guard_trouble();
    view.settings_problem = settings_problem_;
    view.clients_dropped = control_ ? control_->clients_dropped() : 0;
    return view;
}

nlohmann::json StationProgram::settings_in_force() const {
    return nlohmann::json::parse(settings_as_json(settings_text_), nullptr, false);
}

void StationProgram::perform(const Command& command) {
    Command with_visit = command;
    with_visit.fresh_visit = visit_ids_.next();
    handle(with_visit, machine_.loop.now());
}

void StationProgram::command_refused(Outcome why, std::uint32_t signer) {
    handle(CommandRefused{why, signer}, machine_.loop.now());
}

void StationProgram::query(const LogQuery& query, std::function<void(Result<std::vector<LogRow>>)> done) {
    log_writer_->query(query, std::move(done));
}

void StationProgram::verify(LogCheck wanted, std::function<void(Result<LogCheck>)> done) {
    log_writer_->verify(std::move(wanted), std::move(done));
}

void StationProgram::acknowledge(std::uint64_t upto) {
    log_writer_->acknowledge(upto);
    control_->on_changed();
}

void StationProgram::uplink_reported(const UplinkStatus& status) {
    uplink_status_ = status;
    handle(UplinkReport{status.connected}, machine_.loop.now());
}

Result<nlohmann::json> StationProgram::simulate(const nlohmann::json& request) {
    if (!machine_.simulate) {
        return failure("this station has real hardware: there is nothing to simulate",
                       "sim commands work with the demo only");
    }
    return machine_.simulate(request);
}

}  // namespace yizhan
