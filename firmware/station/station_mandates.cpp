// Commands of the centre, and whose they may be. Who made one is known before it comes here; here it counts once, in
// its time, and after that it came is stored: whatever happens then, nobody can bring it again.
#include <algorithm>

#include "firmware/station/station.h"

namespace yizhan {
namespace {

// From the command to that it came is stored; a disk that takes longer has no evidence to give.
constexpr milliseconds stored_within{5000};
// Of each reason at most one record in this time: whoever floods a station must not fill its log.
constexpr milliseconds refusals_told_every{60'000};
constexpr std::chrono::hours signers_warned{24 * 30};
constexpr std::chrono::hours look_again{1};

}  // namespace

Outcome Station::why_not(const Mandate& mandate, const Now& now) const {
    if (!now.wall_trusted || now.wall < earliest_clock) return Outcome::clock_unset;
    if (around_.signers == nullptr || around_.signers->find(mandate.signer) == nullptr) return Outcome::signer_unknown;
    if (now.wall >= around_.signers->expires) return Outcome::signers_expired;
    if (now.wall < mandate.not_before) return Outcome::command_too_early;
    if (now.wall >= mandate.expires) return Outcome::command_expired;
    return Outcome::none;
}

Outcome Station::why_not_again(const Mandate& mandate) const {
    const std::uint64_t newest = state_.sequences.of(mandate.signer);
    if (newest > 0) return mandate.sequence > newest ? Outcome::none : Outcome::command_repeated;
    const auto& since = state_.sequences.since;
    return since && mandate.not_before >= *since ? Outcome::none : Outcome::command_too_old;
}

Outcome Station::take(const Command& command, Turn& turn) {
    if (const Outcome refusal = why_not(*command.mandate, turn.now); refusal != Outcome::none) return refusal;
    if (const Outcome refusal = why_not_again(*command.mandate); refusal != Outcome::none) return refusal;
    if (around_.log_full) return Outcome::log_full;
    if (around_.waiting_commands.full()) return Outcome::too_many_commands;
    Record taken = record(RecordType::command_taken);
    taken.actor = command.actor;
    taken.value = static_cast<std::int64_t>(command.mandate->sequence);
    emit(taken, turn);
    around_.waiting_commands.push_back({.command = command, .seq = state_.seq, .until = turn.now.mono + stored_within});
    return Outcome::none;
}

bool Station::follow_commands(Turn& turn) {
    bool changed = false;
    for (auto& refused : around_.refused_commands) {
        if (refused.untold == 0 || !turn.has_come(refused.told + refusals_told_every)) continue;
        tell_refused(refused, turn);
        changed = true;
    }
    while (!around_.waiting_commands.empty()) {
        const auto& first = around_.waiting_commands[0];
        const bool is_stored = around_.stored >= first.seq;
        if (!is_stored && !turn.has_come(first.until)) break;
        const Command command = first.command;
        around_.waiting_commands.erase(around_.waiting_commands.begin());
        // Its time may be over meanwhile, or its key revoked.
        Outcome refusal = is_stored ? why_not(*command.mandate, turn.now) : Outcome::command_not_stored;
        if (refusal == Outcome::none) {
            ++around_.commands_taken;
            refusal = run(command, turn);
        }
        if (refusal != Outcome::none) note_refused(refusal, command.mandate->signer, turn);
        turn.out.add(Answer{command.request, refusal});
        changed = true;
    }
    return changed;
}

void Station::on(const CommandRefused& refused, Turn& turn) { note_refused(refused.why, refused.signer, turn); }

void Station::note_refused(Outcome why, std::uint32_t signer, Turn& turn) {
    auto& list = around_.refused_commands;
    auto* found = std::find_if(list.begin(), list.end(), [&](const auto& known) { return known.why == why; });
    if (found == list.end()) {
        YZ_CHECK(!list.full());
        list.push_back({.why = why, .told = turn.now.mono - refusals_told_every});
        found = list.end() - 1;
    }
    found->signer = signer;
    ++found->untold;
    ++found->all;
    if (turn.has_come(found->told + refusals_told_every)) tell_refused(*found, turn);
}

void Station::tell_refused(Surroundings::Refused& refused, Turn& turn) {
    if (refused.untold == 0) return;
    Record told = record(RecordType::commands_refused);
    told.outcome = refused.why;
    told.value = static_cast<std::int64_t>(refused.untold);
    told.actor = {.role = ActorRole::centre, .uid = refused.signer};
    emit(told, turn);
    refused.untold = 0;
    refused.told = turn.now.mono;
}

// A key that is revoked is remembered no more: its number is never given again.
void Station::on(const SignersChanged& changed, Turn& turn) {
    around_.signers = changed.set;
    around_.signers_told = true;
    if (changed.set == nullptr || changed.set->version == state_.sequences.version) return;
    const SignerSequences before = state_.sequences;
    for (const auto& known : before.list) {
        if (changed.set->find(known.signer) != nullptr) continue;
        Record removed = record(RecordType::signer_removed);
        removed.actor = {.role = ActorRole::centre, .uid = known.signer};
        emit(removed, turn);
    }
    Record loaded = record(RecordType::signers_loaded);
    loaded.value = static_cast<std::int64_t>(changed.set->version);
    loaded.actor = changed.actor;
    emit(loaded, turn);
}

// As long as the time is not known, what was known last.
bool Station::signers_expire(Turn& turn) const {
    if (around_.signers == nullptr) return !around_.signers_told && state_.has_alarm(AlarmKind::signers_expire);
    if (!turn.now.wall_trusted) return state_.has_alarm(AlarmKind::signers_expire);
    const milliseconds left = around_.signers->expires - signers_warned - turn.now.wall;
    if (left <= milliseconds{0}) return true;
    // Often enough for a clock that steps.
    turn.has_come(turn.now.mono + std::min<milliseconds>(left, look_again));
    return false;
}

}  // namespace yizhan
