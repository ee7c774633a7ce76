#include "firmware/station/station.h"

#include <algorithm>

namespace yizhan {
namespace {

// No clock that can be trusted is set back by more.
constexpr std::chrono::hours longest_step{24};
// Behind a clean stop of so long ago another station may have run, whose log was in memory; or somebody has a key.
constexpr std::chrono::minutes longest_restart{15};

}  // namespace

Station::Station(const StationConfig& config, const State& restored, std::uint64_t boot)
    : config_(&config), state_(restored), boot_(boot) {
    YZ_CHECK(config.doors.size() <= max_doors && config.readers.size() <= max_readers);
    YZ_CHECK(config.outlets.size() <= max_outlets && config.inputs.size() <= max_inputs);
    YZ_CHECK(boot != 0);
    around_.stored = restored.seq;
}

void Station::start(Now now, Actions& out) {
    const bool let_in = could_be_entered();
    rebase(now);
    Turn turn{.now = now, .out = out};
    Record started = record(RecordType::started);
    const bool long_ago = state_.seq > 0 && now.mono - state_.newest.mono > longest_restart;
    started.value = state_.running ? 0 : let_in || long_ago ? 2 : 1;
    look_for_members(turn);
    // What was wrong before the restart is wrong until somebody says otherwise.
    for (const Alarm& alarm : state_.alarms) {
        if (alarm.kind == AlarmKind::log_shortened) around_.log_shortened = {true, now.mono};
        if (alarm.kind == AlarmKind::uplink) around_.uplink_down = {true, now.mono};
        if (alarm.input && alarm.kind != AlarmKind::input_fault) around_.input_active[pos(*alarm.input)] = true;
        if (alarm.kind == AlarmKind::reader_fault && alarm.reader) {
            around_.reader_unhealthy[static_cast<std::size_t>(*alarm.reader)] = {true, now.mono};
        }
    }
    // Which of them sensed it is not remembered: each has to say that it is over.
    for (std::size_t i = 0; i < config_->inputs.size(); ++i) {
        if (config_->inputs[i].kind == InputKind::fire && state_.fire) around_.input_active[i] = true;
    }
    const Mono watched_last = state_.newest.mono;
    emit(started, turn);
    // Stored in one piece with the start: a power cut in between cannot make the gap look shorter.
    resume_outlets(std::chrono::floor<milliseconds>(now.mono - watched_last), turn);
    finish(turn);
}

// Somebody whose opening came with the stop, or after it, was seen by nobody.
bool Station::could_be_entered() const {
    for (std::size_t i = 0; i < config_->doors.size(); ++i) {
        const DoorState& door = state_.doors[i];
        const bool locked = std::holds_alternative<DoorSecured>(door.phase) && door.passages.empty();
        if (!locked || state_.overridden(door) || config_->doors[i].fail_safe) return true;
    }
    return false;
}

void Station::handle(const Event& event, Now now, Actions& out) {
    Turn turn{.now = now, .out = out};
    around_.clock_untrusted.set(!now.wall_trusted, now.mono);
    std::visit([&](const auto& what) { on(what, turn); }, event);
    finish(turn);
}

void Station::finish(Turn& turn) {
    // Each round that follows something adds a record, and Actions is bounded: this ends.
    while (follow(turn)) {
    }
    for (std::size_t i = 0; i < config_->doors.size(); ++i) drive_door(static_cast<DoorIndex>(i), turn);
    drive_contactor(turn);
    for (std::size_t i = 0; i < config_->outlets.size(); ++i) drive_outlet(static_cast<OutletIndex>(i), turn);
    if (turn.show) turn.out.add(*turn.show);
    if (turn.say != Outcome::none) turn.out.add(Say{turn.say});
    next_deadline_ = turn.due;
}

// Passages before what depends on who is inside, that before alarms. True if anything changed: then once more.
bool Station::follow(Turn& turn) {
    turn.due = never;
    bool changed = follow_asked(turn);
    changed |= follow_commands(turn);
    for (std::size_t i = 0; i < config_->doors.size(); ++i) changed |= follow_door(static_cast<DoorIndex>(i), turn);
    if (changed) return true;
    for (std::size_t i = 0; i < config_->outlets.size(); ++i) {
        changed |= follow_outlet(static_cast<OutletIndex>(i), turn);
    }
    if (changed || follow_budget(turn)) return true;
    changed = follow_occupancy(turn);
    changed |= follow_modes(turn);
    changed |= follow_alarms(turn);
    return changed;
}

Record Station::record(RecordType type) const {
    Record record;
    record.type = type;
    return record;
}

void Station::emit(Record record, Turn& turn) {
    // Without room in the log the station goes on, unrecorded and counted; the sequence keeps no hole.
    record.seq = state_.seq + (around_.log_full ? 0 : 1);
    Wall wall = turn.now.wall;
    // Stamps never run backwards, except where a clock that was never trusted is at last set right, or one that was
    // trusted and wrong: else a day in the far future would stay today until it comes.
    const bool was_wrong = wall >= earliest_clock && state_.newest.wall - wall > longest_step;
    const bool set_right = turn.now.wall_trusted && (!state_.newest.trusted || was_wrong);
    if (!set_right) wall = std::max(wall, state_.newest.wall);
    record.at = {boot_, turn.now.mono, wall, turn.now.wall_trusted};
    apply(state_, record);
    if (around_.log_full) {
        ++around_.lost;
        return;
    }
    around_.waiting_records.set(true, turn.now.mono);
    turn.out.add(AppendRecord{record});
}

// Stamps of another boot get the monotonic time they would have in this one. Without a clock to trust nobody knows how
// long the station was off: then everything that was running has run out, but for a mode that keeps people out.
void Station::rebase(Now now) {
    const bool keeps_out = state_.mode == Mode::lockdown || state_.mode == Mode::closed;
    const auto carry = [&](Stamp& stamp) {
        if (stamp.boot == boot_ || stamp.boot == 0) return;
        constexpr milliseconds long_ago = std::chrono::hours{24 * 30};
        const bool known = now.wall_trusted && stamp.trusted && now.wall >= stamp.wall;
        const milliseconds unknown = keeps_out && &stamp == &state_.mode_since ? milliseconds{0} : long_ago;
        const milliseconds ago = known ? std::min(now.wall - stamp.wall, long_ago) : unknown;
        stamp.boot = boot_;
        stamp.mono = now.mono - ago;
    };
    for (auto& door : state_.doors) {
        for (auto& passage : door.passages) carry(passage.since);
        carry(door.exit_asked);
        if (auto* secured = std::get_if<DoorSecured>(&door.phase)) carry(secured->since);
        if (auto* released = std::get_if<DoorReleased>(&door.phase)) carry(released->since);
        if (auto* open = std::get_if<DoorOpen>(&door.phase)) {
            carry(open->since);
            carry(open->released);
        }
    }
    for (auto& outlet : state_.outlets) {
        if (auto* in_use = std::get_if<OutletInUse>(&outlet)) {
            carry(in_use->since);
            carry(in_use->began);
        }
    }
    for (auto& order : state_.overrides) carry(order.since);
    for (auto& alarm : state_.alarms) carry(alarm.since);
    carry(state_.newest);
    carry(state_.mode_since);
    carry(state_.presence_since);
    carry(state_.emptying_since);
}

}  // namespace yizhan
