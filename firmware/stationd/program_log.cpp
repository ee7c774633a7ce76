// The access log, as the program has it.
#include "firmware/stationd/program.h"

namespace yizhan {
namespace {

// Room for whatever one more event can append, and well away from it before the log counts as having room again.
constexpr std::size_t log_reserve = Actions::capacity;
constexpr std::size_t log_has_room_below = LogWriter::ring_capacity / 2;

}  // namespace

LogFile fresh_log(const Settings& settings, const Machine& machine) {
    std::array<std::uint32_t, 1> epoch{};
    machine.random.fill(std::as_writable_bytes(std::span(epoch)));
    return {settings.log.path, epoch[0] == 0 ? 1 : epoch[0], machine.sqlite_vfs};
}

void StationProgram::watch_log(Now now) {
    const std::size_t waiting = log_writer_->waiting();
    const bool full = waiting + log_reserve > LogWriter::ring_capacity || (log_full_ && waiting >= log_has_room_below);
    if (full == log_full_) return;
    log_full_ = full;
    // What went unrecorded is in the state but not in the log: the next snapshot has to carry it.
    if (!full) log_writer_->request_snapshot();
    tell_log_health(now);
}

void StationProgram::adopt_log_settings() {
    log_writer_->expect_stored(settings_->log.store_within);
    log_writer_->keep(settings_->log.retention);
}

void StationProgram::tell_log_health(Now now) {
    // Until it is known: as it was before the start.
    const auto& fault = log_writer_->retention_fault();
    const bool shortened = fault ? *fault != RetentionFault::none : station_.surroundings().log_shortened.holds;
    handle(LogHealthChanged{log_failed_, log_full_, shortened}, now);
}

void StationProgram::on_stored(std::uint64_t upto, Now now) {
    handle(RecordsStored{.upto = upto, .durable = !log_in_memory_}, now);
    control_->on_stored(upto);
}

void StationProgram::on_log_health(bool failed, const Error& why, Now now) {
    // What is in memory only is not stored, however well that works.
    const Error& reason = failed || !log_in_memory_ ? why : *log_in_memory_;
    log_failed_ = failed || log_in_memory_;
    log_problem_ = log_failed_ ? reason.what : std::string{};
    if (failed && on_trouble) on_trouble(why);
    tell_log_health(now);
}

void StationProgram::on_sealed(Now) { control_->on_changed(); }

void StationProgram::on_damaged(Now) {
    log_writer_->begin_anew(fresh_log(*settings_, machine_), machine_.files, settings_->log.run_without_disk);
}

// Whoever follows the records learns it from their epoch.
void StationProgram::on_replaced(const LogReplacement& replacement, Now now) {
    log_set_aside_ = replacement.set_aside;
    log_in_memory_ = replacement.in_memory;
    if (machine_.on_log) machine_.on_log(*log_writer_, log_in_memory_.has_value());
    if (on_trouble) on_trouble(log_set_aside_ ? *log_set_aside_ : *log_in_memory_);
    handle(LogReplaced{}, now);
    if (log_in_memory_) on_log_health(false, {}, now);
    control_->on_changed();
}

void StationProgram::on_retention(std::optional<RetentionFault>, Now now) {
    tell_log_health(now);
    control_->on_changed();
}

std::vector<Error> StationProgram::start_troubles() const {
    std::vector<Error> troubles;
    if (log_set_aside_) troubles.push_back(*log_set_aside_);
    if (log_in_memory_) troubles.push_back(*log_in_memory_);
    if (const Error* problem = log_writer_->problem()) troubles.push_back(*problem);
    return troubles;
}

}  // namespace yizhan
