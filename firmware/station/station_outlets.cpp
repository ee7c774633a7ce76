// Whom an outlet is given to, what they draw, and what ends it.
#include <algorithm>
#include <span>
#include <utility>

#include "firmware/station/admission.h"
#include "firmware/station/station.h"

namespace yizhan {
namespace {

// What a power cut may take of the count of what somebody has drawn.
constexpr std::int64_t most_unrecorded = 10'000;  // mWh
constexpr milliseconds longest_unrecorded = std::chrono::minutes{10};
// After a start those in use go on one after the other: a station's chargers at once may trip its breaker.
constexpr milliseconds between_resumed = std::chrono::seconds{1};
// A charger takes its time until it draws what it will draw.
constexpr milliseconds longest_choice = std::chrono::seconds{20};  // from the number to the card
constexpr milliseconds until_drawn = std::chrono::minutes{1};
constexpr std::int64_t drawn_margin = 20'000;  // mW
constexpr milliseconds longest_over_budget = std::chrono::seconds{3};

}  // namespace

void Station::card_for_outlet(const CardPresented& card, Turn& turn) {
    const auto chosen = take_chosen(card.reader, turn.now.mono);
    const Admission admission = admission_of(card, Purpose::use, turn.now);
    if (!admission.allowed()) return refuse(card, admission.outcome, admission.group, turn);
    if (const Outcome danger = why_to_leave(); danger != Outcome::none) {
        return refuse(card, danger, admission.group, turn);
    }

    const Visit* visit = state_.visit_of(card.credential);
    const auto coming = coming_in(card.credential);
    const bool all_known = state_.confidence() == Confidence::certain && state_.anonymous == 0;
    if (visit == nullptr && !coming && all_known) {
        return refuse(card, Outcome::not_inside, admission.group, turn);
    }
    if (visit != nullptr) {
        if (const auto own = state_.outlet_of(visit->id)) {
            return give_outlet(card, *own, visit->id, visit->group, Outcome::outlet_renewed, turn);
        }
    }
    const auto usable = [&](std::size_t i) {
        return std::holds_alternative<OutletIdle>(state_.outlets[i]) && !config_->outlets[i].amenity && can_supply(i);
    };
    std::size_t outlet = chosen ? pos(*chosen) : 0;
    if (chosen && !can_supply(outlet)) {
        return refuse(card, Outcome::outlet_fault, admission.group, turn);
    }
    if (chosen && !usable(outlet)) return refuse(card, Outcome::outlet_taken, admission.group, turn);
    while (!chosen && outlet < config_->outlets.size() && !usable(outlet)) ++outlet;
    if (outlet >= config_->outlets.size() || !usable(outlet)) {
        return refuse(card, Outcome::no_free_outlet, admission.group, turn);
    }
    if (!has_power_for(outlet, turn.now.mono)) return refuse(card, Outcome::no_power_left, admission.group, turn);
    VisitId id = card.fresh_visit;
    std::optional<std::uint8_t> group = admission.group;
    if (visit != nullptr) {
        id = visit->id;
        group = visit->group;
    } else if (coming) {
        // Let in, and here before the door was seen to open: past a dead contact, or on somebody else's opening.
        id = coming->passage.visit;
        group = coming->passage.group;
        Record entered = record(RecordType::entered);
        entered.door = coming->door;
        entered.visit = id;
        entered.group = group;
        entered.credential = card.credential;
        entered.value = 1;
        emit(entered, turn);
    } else {
        // Here, though no door saw them come in: one of those who are counted and whom nobody can name. Or else the
        // count was not certain, and now it knows one more; but whether not one of its names is wrong it does not know.
        const bool has_a_place = state_.anonymous > 0;
        if (has_a_place) {
            Record renamed = record(RecordType::left);
            renamed.value = state_.confidence() == Confidence::certain ? 0 : 1;
            emit(renamed, turn);
        }
        Record entered = record(RecordType::entered);
        entered.visit = id;
        entered.group = group;
        entered.credential = card.credential;
        entered.value = has_a_place ? 0 : 1;
        emit(entered, turn);
    }
    give_outlet(card, static_cast<OutletIndex>(outlet), id, group, Outcome::outlet_yours, turn);
}

void Station::on(const OutletChosen& choice, Turn& turn) {
    YZ_CHECK(pos(choice.reader) < config_->readers.size());
    const std::size_t outlet = choice.number - 1;
    const bool known = choice.number >= 1 && outlet < config_->outlets.size() && !config_->outlets[outlet].amenity;
    around_.chosen.reset();
    if (known) around_.chosen = {static_cast<OutletIndex>(outlet), turn.now.mono + longest_choice};
    turn.show = {choice.reader, known ? Outcome::outlet_chosen : Outcome::no_such_outlet};
}

// A reader at one outlet chooses by where it is.
std::optional<OutletIndex> Station::take_chosen(ReaderIndex reader, Mono now) {
    if (const auto& own = config_->readers[pos(reader)].outlet) return own;
    const auto chosen = std::exchange(around_.chosen, std::nullopt);
    if (!chosen || now >= chosen->until) return std::nullopt;
    return chosen->outlet;
}

void Station::give_outlet(const CardPresented& card, OutletIndex outlet, VisitId visit,
                          std::optional<std::uint8_t> group, Outcome outcome, Turn& turn) {
    Record on = record(RecordType::outlet_on);
    on.outlet = outlet;
    on.reader = card.reader;
    on.visit = visit;
    on.group = group;
    on.outcome = outcome;
    on.lasts = config_->outlets[pos(outlet)].time_limit;
    on.credential = card.credential;
    emit(on, turn);
    turn.show = {card.reader, outcome};
}

void Station::on(const OutletStopped& stopped, Turn& turn) {
    around_.tripped[pos(stopped.outlet)] = true;
    if (std::holds_alternative<OutletIdle>(state_.outlets[pos(stopped.outlet)])) return;
    switch_off(stopped.outlet, stopped.why, {}, turn);
}

void Station::on(const OutletWatched& watched, Turn& turn) {
    around_.meter_silent[pos(watched.outlet)].set(watched.meter_silent, turn.now.mono);
    around_.relay_welded[pos(watched.outlet)].set(watched.relay_welded, turn.now.mono);
    around_.too_hot[pos(watched.outlet)].set(watched.too_hot, turn.now.mono);
}

void Station::on(const OutletMetered& read, Turn& turn) {
    Surroundings::Metered& metered = around_.metered[pos(read.outlet)];
    metered.milliwatts = read.milliwatts;
    const auto before = std::exchange(metered.total, read.milliwatt_hours);
    const bool in_use = std::holds_alternative<OutletInUse>(state_.outlets[pos(read.outlet)]);
    if (!in_use || !before || read.milliwatt_hours <= *before) return;
    if (metered.unrecorded == 0) metered.since = turn.now.mono;
    metered.unrecorded += static_cast<std::int64_t>(read.milliwatt_hours - *before);
}

std::int64_t Station::drawn(OutletIndex outlet) const {
    const auto* in_use = std::get_if<OutletInUse>(&state_.outlets[pos(outlet)]);
    return in_use != nullptr ? in_use->milliwatt_hours + around_.metered[pos(outlet)].unrecorded : 0;
}

bool Station::note_drawn(OutletIndex outlet, Turn& turn) {
    Surroundings::Metered& metered = around_.metered[pos(outlet)];
    if (metered.unrecorded == 0) return false;
    if (metered.unrecorded < most_unrecorded && !turn.has_come(metered.since + longest_unrecorded)) return false;
    Record noted = record(RecordType::outlet_metered);
    noted.outlet = outlet;
    noted.visit = std::get<OutletInUse>(state_.outlets[pos(outlet)]).visit;
    noted.value = drawn(outlet);
    metered.unrecorded = 0;
    emit(noted, turn);
    return true;
}

// `gap`: since the newest record, which is when somebody watched last for certain.
void Station::resume_outlets(milliseconds gap, Turn& turn) {
    Mono next = turn.now.mono;
    for (std::size_t i = 0; i < config_->outlets.size(); ++i) {
        const auto outlet = static_cast<OutletIndex>(i);
        const bool in_use = std::holds_alternative<OutletInUse>(state_.outlets[i]);
        const bool goes_on = in_use && gap <= config_->resume_within;
        if (in_use && !goes_on) switch_off(outlet, OffReason::restart, {}, turn);
        if (!goes_on && !config_->outlets[i].amenity) continue;
        outlet_outputs_[i].not_before = next;
        next += between_resumed;
    }
}

std::int64_t Station::reckoned(std::size_t outlet, Mono now) const {
    const auto* in_use = std::get_if<OutletInUse>(&state_.outlets[outlet]);
    if (in_use == nullptr) return 0;
    const OutletConfig& config = config_->outlets[outlet];
    const Surroundings::Metered& metered = around_.metered[outlet];
    // Light and the like are told apart by nobody: only what is seen to flow counts.
    if (config.amenity) return metered.milliwatts;
    const bool seen = metered.total.has_value() && now >= in_use->began.mono + until_drawn;
    if (!seen) return config.rated_milliwatts;
    return std::min(config.rated_milliwatts, metered.milliwatts * 5 / 4 + drawn_margin);
}

bool Station::has_power_for(std::size_t outlet, Mono now) const {
    if (config_->most_milliwatts == 0) return true;
    std::int64_t all = config_->outlets[outlet].rated_milliwatts;
    for (std::size_t i = 0; i < config_->outlets.size(); ++i) all += reckoned(i, now);
    return all <= config_->most_milliwatts;
}

// Who came last goes first: the others were here when there was enough.
bool Station::follow_budget(Turn& turn) {
    if (config_->most_milliwatts == 0) return false;
    std::int64_t flows = 0;
    std::optional<std::size_t> newest;
    const auto began = [&](std::size_t i) { return std::get<OutletInUse>(state_.outlets[i]).began.mono; };
    for (std::size_t i = 0; i < config_->outlets.size(); ++i) {
        if (!std::holds_alternative<OutletInUse>(state_.outlets[i])) continue;
        flows += around_.metered[i].milliwatts;
        if (config_->outlets[i].amenity) continue;
        if (!newest || began(i) >= began(*newest)) newest = i;
    }
    Condition& over = around_.over_budget;
    over.set(flows > config_->most_milliwatts, turn.now.mono);
    if (!over.holds || !newest || !turn.has_come(over.since + longest_over_budget)) return false;
    // What it drew is not seen any more before its meter speaks again.
    around_.metered[*newest].milliwatts = 0;
    switch_off(static_cast<OutletIndex>(*newest), OffReason::power_budget, {}, turn);
    return true;
}

Outcome Station::why_to_leave() const {
    if (state_.fire) return Outcome::fire_leave;
    // The alarm, which stands over a restart and until somebody has taken care of it.
    return state_.has_alarm(AlarmKind::smoke) ? Outcome::smoke_leave : Outcome::none;
}

OffReason Station::why_in_danger() const {
    const Outcome why = why_to_leave();
    if (why == Outcome::none) return OffReason::none;
    return why == Outcome::fire_leave ? OffReason::fire : OffReason::smoke;
}

bool Station::is_fed() const {
    const auto welded = std::span(around_.relay_welded).first(config_->outlets.size());
    return !config_->has_contactor ||
           std::none_of(welded.begin(), welded.end(), [](const Condition& c) { return c.holds; });
}

bool Station::can_supply(std::size_t outlet) const {
    return is_fed() && !around_.contactor_output_fault.holds && !around_.outlet_output_fault[outlet].holds &&
           !around_.meter_silent[outlet].holds && !around_.relay_welded[outlet].holds && !around_.too_hot[outlet].holds;
}

void Station::switch_off(OutletIndex outlet, OffReason why, const Actor& actor, Turn& turn) {
    const auto& in_use = std::get<OutletInUse>(state_.outlets[static_cast<std::size_t>(outlet)]);
    Record off = record(RecordType::outlet_off);
    off.outlet = outlet;
    off.visit = in_use.visit;
    off.off_reason = why;
    const auto lasted = std::chrono::floor<milliseconds>(turn.now.mono - in_use.began.mono);
    off.lasts = std::max(lasted, milliseconds{0});
    off.value = drawn(outlet);
    off.actor = actor;
    around_.metered[static_cast<std::size_t>(outlet)].unrecorded = 0;
    emit(off, turn);
}

bool Station::follow_outlet(OutletIndex outlet, Turn& turn) {
    const auto i = static_cast<std::size_t>(outlet);
    const OutletConfig& config = config_->outlets[i];
    if (config.amenity) return follow_amenity(outlet, turn);
    const auto* in_use = std::get_if<OutletInUse>(&state_.outlets[i]);
    if (in_use == nullptr) return false;
    if (note_drawn(outlet, turn)) return true;
    const Mono ends = in_use->since.mono + in_use->lasts;

    OffReason why = OffReason::none;
    if (const OffReason danger = why_in_danger(); danger != OffReason::none) {
        why = danger;
    } else if (!is_fed()) {
        why = OffReason::relay_welded;
    } else if (around_.outlet_output_fault[i].holds) {
        why = OffReason::fault;
    } else if (in_use->visit != 0 && state_.visit_by_id(in_use->visit) == nullptr) {
        why = OffReason::left;
    } else if (turn.has_come(ends)) {
        why = OffReason::time_limit;
    } else if (state_.emptying && state_.count() == 0 &&
               turn.has_come(state_.emptying_since.mono + config_->empty_grace)) {
        why = OffReason::station_empty;
    }
    if (why != OffReason::none) {
        switch_off(outlet, why, {}, turn);
        return true;
    }
    if (in_use->warned || !turn.has_come(ends - config.warn_before)) return false;
    Record warned = record(RecordType::outlet_warned);
    warned.outlet = outlet;
    warned.visit = in_use->visit;
    warned.outcome = Outcome::outlet_ending;
    emit(warned, turn);
    turn.say = Outcome::outlet_ending;
    return true;
}

}  // namespace yizhan
