// What somebody does at a reader and at a door.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/simulator/people.h"

namespace yizhan::simulator {
namespace {

// A card that was only noted opens nothing.
bool is_yes(Outcome outcome) {
    const Cue cue = text_of(outcome).cue;
    return (cue == Cue::yes || cue == Cue::yes_slow) && outcome != Outcome::enrolled;
}

}  // namespace

// After a while with the card there: told something, or not.
void People::hear(unsigned i) {
    Person& person = people_[i];
    if (person.told == Outcome::none && now_ - person.swipe.from < seconds{6}) {
        person.next = in(milliseconds{200}, milliseconds{600});
        return;
    }
    if (options_.forgetful && person.told != Outcome::none && now_ - person.swipe.from < seconds{5} &&
        dice_.one_in(options_.leaves_card)) {
        person.next = in(seconds{10}, options_.leaves_for);
        return;
    }
    take_card(i);
    const ReaderPlace place = site_.settings.station.readers[person.reader].place;
    // Some find another way in.
    if (is_yes(person.told) && place == ReaderPlace::entry && !options_.orderly && dice_.one_in(20)) {
        step_aside(i);
        person.reader = *reader_for(person, site_.entries);
        return try_again(i);
    }
    if (is_yes(person.told)) {
        // Whoever comes next need not wait for them to walk.
        readers_[person.reader].who.reset();
        person.doing = Doing::told;
        const bool hesitates = place != ReaderPlace::inside && dice_.one_in(options_.hesitates);
        person.next = hesitates ? in(seconds{1}, seconds{8}) : in(milliseconds{100}, milliseconds{1200});
        const Mono last =
            person.told_at + own_release(person) - milliseconds{static_cast<std::int64_t>(dice_.below(60))};
        if (place != ReaderPlace::inside && dice_.one_in(30)) person.next = std::max(last, now_);
        return;
    }
    // No answer and no controller: a station knows after its start who may have come past a door that could be opened.
    const std::size_t door = site_.door_of(person.reader);
    const bool walks_in = place == ReaderPlace::entry && person.told == Outcome::none && !station_.stationd &&
                          !options_.orderly && station_.world->door(door).push(now_);
    if (walks_in) return pass(i, door, true);
    switch (place) {
        case ReaderPlace::entry:
            go_away(i);
            // Whoever is turned away tries again some other time.
            person.next = in(seconds{20}, std::max<milliseconds>(options_.pause, minutes{3}));
            return;
        case ReaderPlace::inside:
            return stay(i);
        case ReaderPlace::exit:
            if (++person.tries < 3) return try_again(i);
            return leave_otherwise(i);
    }
}

milliseconds People::own_release(const Person& person) const {
    const DoorConfig& config = site_.settings.station.doors[site_.door_of(person.reader)];
    return person.kind == CardKind::slow ? config.extended_release : config.release;
}

// Makes room at the reader and at its door.
void People::step_aside(unsigned i) {
    AtReader& at = readers_[people_[i].reader];
    if (at.who == i) at.who.reset();
    for (AtDoor& door : doors_) {
        if (door.who == i) door.who.reset();
    }
}

void People::try_again(unsigned i) {
    step_aside(i);
    people_[i].doing = Doing::waiting;
    people_[i].next = in(seconds{1}, seconds{5});
}

void People::take_card(unsigned i) {
    Person& person = people_[i];
    site_.readers[person.reader].take_away();
    person.swipe.until = now_;
    readers_[person.reader].free_at = now_ + site_.readers[person.reader].pause();
    story_.tell(now_, fmt::format("{} takes the card off reader {}", i, person.reader));
    listener_.on_swipe_end(person.swipe);
}

void People::walk(unsigned i) {
    Person& person = people_[i];
    const ReaderPlace place = site_.settings.station.readers[person.reader].place;
    if (person.doing == Doing::told && place == ReaderPlace::inside) {
        if (person.outlet) {
            // A telephone, a laptop, an e-bike; and what is a little or far too much for a telephone's outlet, and a
            // little for an e-bike's.
            static constexpr std::array<std::uint32_t, 8> loads{5'000,   18'000,  18'000,  90'000,
                                                                240'000, 240'000, 650'000, 1'200'000};
            station_.world->outlet(*person.outlet).plug(loads[dice_.below(loads.size())]);
            draws_otherwise_at_[*person.outlet] = dice_.one_in(2) ? in(seconds{5}, minutes{3}) : never;
        }
        return stay(i);
    }
    const bool inwards = !person.inside;
    const std::size_t door = site_.door_of(person.reader);
    const bool by_button =
        person.doing == Doing::going_out && site_.settings.station.doors[door].egress == Egress::hardware_button;
    if (by_button) station_.world->door(door).handle_from_inside(now_);  // the button has taken the lock's power
    const bool over = person.doing == Doing::told && now_ - person.told_at >= own_release(person);
    // As long as the door has been released ever since, for somebody else, the station reckons with them; once it was
    // locked, for them or by order, no more.
    const bool unreckoned = !by_button && doors_[door].secured_at >= person.told_at;
    if ((unreckoned && !options_.tailgates) || !station_.world->door(door).push(now_)) {
        story_.tell(now_, fmt::format("{} finds the door locked", i));
        if (inwards) return go_away(i);
        if (options_.orderly) return try_again(i);
        return leave_otherwise(i);
    }
    tailgated_ = tailgated_ || unreckoned;
    pass(i, door, inwards);
    if (inwards && !over) person.came_in = now_;
}

void People::pass(unsigned i, std::size_t door, bool inwards) {
    Person& person = people_[i];
    unsigned with = 1;
    person.inside = inwards;
    person.came_in.reset();
    // Somebody who stands there as well and comes along without a word to the station.
    if (options_.tailgates && inwards && dice_.one_in(30)) {
        const auto other = std::ranges::find_if(
            people_, [&](const Person& p) { return !p.inside && p.doing == Doing::away && &p != &person; });
        if (other != people_.end()) {
            other->inside = true;
            other->came_in.reset();
            other->doing = Doing::staying;
            other->tries = 1;
            other->next = in(seconds{30}, seconds{300});
            ++with;
            tailgated_ = true;
        }
    }
    tailgated_ = tailgated_ || somebody_else_has_card_of(i);
    inside_ = inwards ? inside_ + with : inside_ - with;
    if (inwards) visits_ += with;
    stirs_ = true;  // whoever comes or goes moves
    stirs_until_ = options_.sit_still ? in(seconds{2}, seconds{20}) : never;
    tailgated_ = tailgated_ || doors_[door].unseen > 0;
    be_seen(now_);
    story_.tell(now_, fmt::format("{} passes {}, {} at once, {} inside", i, inwards ? "in" : "out", with, inside_));
    listener_.on_passed(door, now_);
    close_behind(door);
    if (inwards) {
        stay(i);
    } else {
        go_away(i);
    }
}

void People::close_behind(std::size_t which) {
    auto& door = station_.world->door(which);
    if (!options_.orderly && dice_.one_in(options_.holds_door)) {
        door.hold(now_);
        doors_[which].close_at = in(seconds{20}, seconds{120});
        return;
    }
    if (dice_.one_in(2)) doors_[which].close_at = in(milliseconds{700}, seconds{3});  // or the closer does it
}

// By the button or, where there is a handle, by that.
void People::leave_otherwise(unsigned i) {
    Person& person = people_[i];
    step_aside(i);
    const std::size_t which = site_.door_of(person.reader);
    auto& door = station_.world->door(which);
    const bool has_handle = site_.settings.station.doors[which].egress == Egress::mechanical;
    const bool has_button = site_.settings.doors[which].exit_button.has_value();
    const bool may_press = has_button && doors_[which].button_free_at <= now_;
    if (may_press && (!has_handle || (person.doing != Doing::going_out && dice_.below(3) < 2))) {
        const milliseconds duration = has_handle ? press_time : long_press;
        door.press_exit_button(duration, now_);
        doors_[which].button_free_at = now_ + duration + milliseconds{100};
        story_.tell(now_, fmt::format("{} presses the exit button", i));
        listener_.on_exit_pressed(which, now_);
        person.doing = Doing::going_out;
        person.told_at = now_;
        person.next =
            door.open() ? in(milliseconds{200}, milliseconds{900}) : in(milliseconds{600}, milliseconds{1400});
        return;
    }
    if (!has_handle) {
        // Somebody else has the finger on it.
        return wait_inside(i);
    }
    take_handle(i);
}

void People::take_handle(unsigned i) {
    Person& person = people_[i];
    const std::size_t which = site_.door_of(person.reader);
    auto& door = station_.world->door(which);
    const bool has_button = site_.settings.doors[which].exit_button.has_value();
    // Nobody can tell this from the one for whom the door is released, or was until a moment ago; where nothing watches
    // the handle the station has to know that. A door that is opened while its contact swings was never seen closed.
    const bool watched = has_button || reader_for(person, site_.exits).has_value();
    const bool open = door.open() || now_ - door.moved_at() < contact_swings;
    const bool unknown = watched && (open || door.lock_released() || may_grant(which));
    if (unknown && !options_.tailgates && open && !going_home_) {
        // Until it falls shut in front of them.
        person.doing = Doing::at_handle;
        person.next = in(milliseconds{50}, milliseconds{250});
        return;
    }
    if (unknown && !options_.tailgates) return wait_inside(i);
    tailgated_ = tailgated_ || unknown;
    door.handle_from_inside(now_);
    story_.tell(now_, fmt::format("{} opens by the handle", i));
    pass(i, which, false);
}

void People::wait_inside(unsigned i) {
    people_[i].doing = Doing::staying;
    people_[i].tries = 1;
    people_[i].next = in(milliseconds{500}, seconds{2});
}

void People::stay(unsigned i) {
    Person& person = people_[i];
    step_aside(i);
    const bool at_table = site_.settings.station.readers[person.reader].place == ReaderPlace::inside;
    person.doing = Doing::staying;
    if (!at_table) person.tries = 0;
    person.to_desk = !at_table && !options_.orderly && !going_home_ && dice_.one_in(4);
    if (person.to_desk) {
        person.next = in(milliseconds{300}, seconds{2});
        return;
    }
    person.next =
        going_home_ ? in(seconds{1}, seconds{30}) : in(seconds{5}, std::max<milliseconds>(options_.pause, seconds{20}));
}

void People::go_away(unsigned i) {
    step_aside(i);
    people_[i].doing = Doing::away;
    people_[i].next = in(seconds{1}, std::max<milliseconds>(options_.pause, seconds{5}));
}

}  // namespace yizhan::simulator
