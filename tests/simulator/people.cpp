#include "tests/simulator/people.h"

#include <fmt/format.h>

#include <algorithm>

#include "hal/check.h"

namespace yizhan::simulator {
namespace {

constexpr std::array<std::string_view, 9> kind_names{"member", "slow",   "day",      "staff",  "stranger",
                                                     "lapsed", "barred", "outdated", "damaged"};

std::string birth_of(unsigned person) {
    return fmt::format("19{:02}{:02}{:02}", 50 + person % 50, 1 + person % 12, 1 + person % 28);
}

bool is_yes(Outcome outcome) {
    const Cue cue = text_of(outcome).cue;
    return cue == Cue::yes || cue == Cue::yes_slow;
}

}  // namespace

std::string_view name_of(CardKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

People::People(const Options& options, testing::SimulatedStation& station, PeopleListener& listener, Story& story)
    : options_(options), station_(station), listener_(listener), story_(story), dice_(options.seed ^ 0x9e0b1e) {
    now_ = station_.scheduler.now().mono;
    for (unsigned i = 0; i < options.people; ++i) {
        Person& person = people_.emplace_back();
        // Every other one is a member without more ado.
        person.kind = dice_.one_in(2) ? CardKind::member : static_cast<CardKind>(dice_.below(kind_names.size()));
        person.card = simulated::resident_card(birth_of(i), i + 1, "20200101",
                                               person.kind == CardKind::outdated ? "20240331" : "");
        if (person.kind == CardKind::damaged) person.card.read_fails = 0x41;
        person.next = in(milliseconds{0}, options.pause);
    }
}

std::string People::members_csv(unsigned revoked) const {
    std::string csv = "credential,valid_from,valid_to,groups,flags\n";
    for (unsigned i = revoked; i < people_.size(); ++i) {
        std::string_view more;
        switch (people_[i].kind) {
            case CardKind::member:
            case CardKind::outdated:
            case CardKind::damaged:
                more = ",,always,";
                break;
            case CardKind::slow:
                more = ",,always,slow";
                break;
            case CardKind::day:
                more = ",,day,";
                break;
            case CardKind::staff:
                more = ",,always,staff";
                break;
            case CardKind::lapsed:
                more = "2024-01-01,2025-12-31,always,";
                break;
            case CardKind::barred:
                more = ",,always,denied";
                break;
            case CardKind::stranger:
                continue;
        }
        csv += "id:" + simulated::synthetic_number(birth_of(i), i + 1) + "," + std::string(more) + "\n";
    }
    return csv;
}

Mono People::in(milliseconds least, milliseconds most) {
    const auto spread = static_cast<std::uint64_t>(std::max<std::int64_t>((most - least).count(), 0)) + 1;
    return now_ + least + milliseconds{static_cast<std::int64_t>(dice_.below(spread))};
}

void People::go_home() {
    going_home_ = true;
    now_ = station_.scheduler.now().mono;
    for (Person& person : people_) {
        if (person.doing == Doing::staying) person.next = in(seconds{0}, seconds{60});
    }
    next_ = Mono::min();
}

void People::on_action(const Action& action, Now) {
    if (const auto* on = std::get_if<OutletOn>(&action)) given_ = static_cast<std::size_t>(on->outlet);
    const auto* show = std::get_if<ShowAtReader>(&action);
    if (show == nullptr) return;
    const auto reader = static_cast<std::size_t>(show->reader);
    const auto who = reader < at_.size() ? at_[reader] : std::nullopt;
    if (!who) return;
    people_[*who].told = show->outcome;
    if (show->outcome == Outcome::outlet_yours && given_) people_[*who].outlet = given_;
}

void People::advance(Now now) {
    if (now.mono < next_) return;
    now_ = now.mono;
    given_.reset();
    if (close_at_ <= now_) {
        close_at_ = never;
        station_.world->door(0).pull_close(now_);
    }
    next_ = close_at_;
    for (unsigned i = 0; i < people_.size(); ++i) {
        if (people_[i].next <= now_) act(i);
        next_ = std::min(next_, people_[i].next);
    }
    next_ = std::min(next_, close_at_);
}

void People::act(unsigned i) {
    Person& person = people_[i];
    person.next = never;
    switch (person.doing) {
        case Doing::away:
            if (going_home_) return;
            person.tries = 0;
            return approach(i, at_entry);
        case Doing::waiting:
            return approach(i, person.reader);
        case Doing::presenting:
            return hear(i);
        case Doing::told:
            return walk(i);
        case Doing::staying:
            if (person.outlet) {
                station_.world->outlet(*person.outlet).unplug();
                person.outlet.reset();
            } else if (!going_home_ && person.tries == 0 && dice_.one_in(3)) {
                person.tries = 1;
                return approach(i, at_desk);
            }
            person.tries = 0;
            if (!options_.orderly && dice_.one_in(8)) return leave_otherwise(i);
            return approach(i, at_exit);
        case Doing::going_out:
            return walk(i);
    }
}

void People::approach(unsigned i, std::size_t reader) {
    Person& person = people_[i];
    person.reader = reader;
    person.doing = Doing::waiting;
    const bool at_the_door = reader != at_desk;
    if (at_[reader] || now_ < free_at_[reader] ||
        (options_.orderly && at_the_door && (at_door_ || station_.world->door(0).open()))) {
        // Going home or not: nobody waits for ever for somebody who does not move.
        person.next = in(milliseconds{500}, seconds{3});
        return;
    }
    at_[reader] = i;
    if (options_.orderly && at_the_door) at_door_ = i;
    person.told = Outcome::none;
    person.doing = Doing::presenting;
    person.swipe = {.reader = reader, .person = i, .kind = person.kind, .from = now_};
    station_.world->id_card_reader(reader).present(person.card);
    story_.tell(now_, fmt::format("{} {} lays a card on reader {}", name_of(person.kind), i, reader));
    listener_.on_swipe(person.swipe);
    person.next = in(milliseconds{1500}, milliseconds{2500});
}

// After a while with the card there: told something, or not.
void People::hear(unsigned i) {
    Person& person = people_[i];
    if (person.told == Outcome::none && now_ - person.swipe.from < seconds{6}) {
        person.next = in(milliseconds{200}, milliseconds{600});
        return;
    }
    take_card(i);
    if (is_yes(person.told)) {
        person.doing = Doing::told;
        // Some hesitate until the door is locked again.
        person.next = dice_.one_in(20) ? in(seconds{1}, seconds{8}) : in(milliseconds{100}, milliseconds{1200});
        return;
    }
    if (person.reader == at_entry) return go_away(i);
    if (person.reader == at_desk) return stay(i);
    if (++person.tries < 3) return try_again(i);
    leave_otherwise(i);
}

void People::try_again(unsigned i) {
    Person& person = people_[i];
    at_[person.reader].reset();
    if (at_door_ == i) at_door_.reset();
    person.doing = Doing::waiting;
    person.next = in(seconds{1}, seconds{5});
}

void People::take_card(unsigned i) {
    Person& person = people_[i];
    station_.world->id_card_reader(person.reader).remove();
    person.swipe.until = now_;
    free_at_[person.reader] = now_ + milliseconds{400};  // nobody is quicker
    story_.tell(now_, fmt::format("{} takes the card off reader {}", i, person.reader));
    listener_.on_swipe_end(person.swipe);
}

void People::walk(unsigned i) {
    Person& person = people_[i];
    if (person.doing == Doing::told && person.reader == at_desk) {
        if (person.outlet) {
            static constexpr std::array<std::uint32_t, 4> loads{5'000, 18'000, 90'000, 240'000};
            station_.world->outlet(*person.outlet).plug(loads[dice_.below(loads.size())]);
        }
        return stay(i);
    }
    const bool inwards = !person.inside;
    if (!station_.world->door(0).push(now_)) {
        story_.tell(now_, fmt::format("{} finds the door locked", i));
        if (inwards) return go_away(i);
        if (options_.orderly) return try_again(i);
        return leave_otherwise(i);
    }
    pass(i, inwards);
}

void People::pass(unsigned i, bool inwards) {
    Person& person = people_[i];
    unsigned with = 1;
    person.inside = inwards;
    // Somebody who stands there as well and comes along without a word to the station.
    if (!options_.orderly && inwards && dice_.one_in(30)) {
        const auto other = std::ranges::find_if(
            people_, [&](const Person& p) { return !p.inside && p.doing == Doing::away && &p != &person; });
        if (other != people_.end()) {
            other->inside = true;
            other->doing = Doing::staying;
            other->tries = 1;
            other->next = in(seconds{30}, seconds{300});
            ++with;
            tailgated_ = true;
        }
    }
    inside_ = inwards ? inside_ + with : inside_ - with;
    if (inwards) visits_ += with;
    if (inside_ == 0) tailgated_ = false;
    station_.world->set_input(0, inside_ > 0, now_);  // the sensor sees whoever is in, also one who sits still
    story_.tell(now_, fmt::format("{} passes {}, {} at once, {} inside", i, inwards ? "in" : "out", with, inside_));
    listener_.on_passed(inwards, with, now_);
    close_behind();
    if (inwards) {
        stay(i);
    } else {
        go_away(i);
    }
}

void People::close_behind() {
    auto& door = station_.world->door(0);
    if (!options_.orderly && dice_.one_in(options_.holds_door)) {
        door.hold(now_);
        close_at_ = in(seconds{20}, seconds{120});
        return;
    }
    if (dice_.one_in(2)) close_at_ = in(milliseconds{700}, seconds{3});  // or the closer does it
}

// By the button or, always possible, by the handle.
void People::leave_otherwise(unsigned i) {
    Person& person = people_[i];
    if (at_[person.reader] == i) at_[person.reader].reset();
    auto& door = station_.world->door(0);
    if (person.doing != Doing::going_out && button_free_at_ <= now_ && dice_.below(3) < 2) {
        door.press_exit_button(press, now_);
        button_free_at_ = now_ + press + milliseconds{100};
        story_.tell(now_, fmt::format("{} presses the exit button", i));
        listener_.on_exit_pressed(now_);
        person.doing = Doing::going_out;
        person.next = in(milliseconds{600}, milliseconds{1500});
        return;
    }
    door.handle_from_inside(now_);
    story_.tell(now_, fmt::format("{} opens by the handle", i));
    pass(i, false);
}

void People::stay(unsigned i) {
    Person& person = people_[i];
    if (at_[person.reader] == i) at_[person.reader].reset();
    if (at_door_ == i) at_door_.reset();
    const bool at_table = person.reader == at_desk;
    person.doing = Doing::staying;
    if (!at_table) person.tries = 0;
    person.next =
        going_home_ ? in(seconds{1}, seconds{30}) : in(seconds{5}, std::max<milliseconds>(options_.pause, seconds{20}));
}

void People::go_away(unsigned i) {
    Person& person = people_[i];
    if (at_[person.reader] == i) at_[person.reader].reset();
    if (at_door_ == i) at_door_.reset();
    person.doing = Doing::away;
    person.next = in(seconds{1}, std::max<milliseconds>(options_.pause, seconds{5}));
}

}  // namespace yizhan::simulator
