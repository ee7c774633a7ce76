#include "tests/simulator/people.h"

#include <fmt/format.h>

#include <algorithm>

#include "hal/check.h"

namespace yizhan::simulator {
namespace {

constexpr std::array<std::string_view, 9> kind_names{"member", "slow",   "day",      "staff",  "stranger",
                                                     "lapsed", "barred", "outdated", "damaged"};

}  // namespace

std::string_view name_of(CardKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

People::People(const Options& options, testing::SimulatedStation& station, const Site& site, PeopleListener& listener,
               Story& story)
    : options_(options),
      station_(station),
      site_(site),
      listener_(listener),
      story_(story),
      dice_(options.seed ^ 0x9e0b1e),
      readers_(site.readers.size()),
      doors_(site.settings.doors.size()),
      draws_otherwise_at_(site.settings.outlets.size(), never) {
    for (std::size_t i = 0; i < site.settings.outlets.size(); ++i) {
        if (site.settings.station.outlets[i].amenity) draws_otherwise_at_[i] = in(seconds{20}, minutes{2});
    }
    now_ = station_.scheduler.now().mono;
    for (unsigned i = 0; i < options.people; ++i) {
        Person& person = people_.emplace_back();
        // Every other one is a member without more ado.
        person.kind = dice_.one_in(2)   ? CardKind::member
                      : dice_.one_in(4) ? CardKind::slow
                                        : static_cast<CardKind>(dice_.below(kind_names.size()));
        const CardForm form = form_for(static_cast<unsigned>(dice_.below(site.readers.size())));
        // No other card tells until when it is valid.
        if (person.kind == CardKind::outdated && form != CardForm::id_card) person.kind = CardKind::member;
        person.owner = i;
        person.card = card_of(form, i,
                              person.kind == CardKind::outdated  ? CardFlaw::expired
                              : person.kind == CardKind::damaged ? CardFlaw::damaged
                                                                 : CardFlaw::none);
        if (options.tailgates && i > 0 && dice_.one_in(12)) {
            person.owner = people_[i - 1].owner;
            person.kind = people_[i - 1].kind;
            person.card = people_[i - 1].card;
        }
        person.next = in(milliseconds{0}, options.pause);
    }
    if (options.heads_are_counted) count_at_ = in(minutes{1}, minutes{4});
    be_seen(now_);
}

// Of a card for which there is a way in.
CardForm People::form_for(unsigned any) const {
    const Reader& reader = site_.readers[site_.entries[any % site_.entries.size()]];
    return any % 2 == 1 && reader.takes(CardForm::wiegand34) ? CardForm::wiegand34 : reader.usual_form();
}

std::string People::members_csv(unsigned revoked) const {
    std::string csv = "credential,valid_from,valid_to,groups,flags\n";
    for (unsigned i = revoked; i < people_.size(); ++i) {
        if (people_[i].owner != i) continue;
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
        csv += people_[i].card.credential + "," + std::string(more) + "\n";
    }
    return csv;
}

bool People::is_listed(const Swipe& swipe, unsigned revoked) const {
    const bool has_list = !site_.settings.identity.member_list.empty();
    return has_list && swipe.kind != CardKind::stranger && swipe.person >= revoked;
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

void People::be_seen(Mono now) {
    // The first sensor sees everybody, the next one only whoever has gone further in.
    for (std::size_t i = 0; i < site_.presences.size(); ++i) {
        station_.world->set_input(site_.presences[i], inside_ > i && stirs_, now);
    }
}

void People::press(std::size_t door, Mono now) {
    now_ = now;
    if (doors_[door].button_free_at > now_) return;
    station_.world->door(door).press_exit_button(press_time, now_);
    doors_[door].button_free_at = now_ + press_time + milliseconds{100};
    listener_.on_exit_pressed(door, now_);
}

// Whoever sits still is not seen, but never for as long as it takes to be taken for nobody.
void People::stir() {
    if (!options_.sit_still || stirs_until_ > now_) return;
    stirs_ = !stirs_ || inside_ == 0;
    const milliseconds longest = site_.settings.station.proven_empty_after * 8 / 10;
    stirs_until_ = inside_ == 0 ? never : stirs_ ? in(seconds{2}, seconds{20}) : in(longest / 2, longest);
    be_seen(now_);
}

// As staff do: nobody sets out, whoever is on the way arrives, and what is counted then is told.
void People::count_heads() {
    if (count_at_ > now_) return;
    if (still_until_ < count_at_) {
        still_until_ = now_ + head_count;
        count_at_ = still_until_;
        return;
    }
    count_at_ = in(minutes{1}, minutes{3});
    const bool on_the_way = std::ranges::any_of(people_, [](const Person& p) {
        return p.doing != Doing::away && p.doing != Doing::waiting && p.doing != Doing::staying;
    });
    if (on_the_way || !settled() || going_home_) return;
    story_.tell(now_, fmt::format("{} heads are counted", inside_));
    station_.say(fmt::format(R"({{"id":1,"do":"occupancy","count":{}}})", inside_));
}

bool People::force(std::size_t door, Mono now) {
    auto& model = station_.world->door(door);
    if (model.open() || model.lock_released() || !station_.stationd) return false;
    if (may_grant(door)) return false;
    model.force(now);
    return true;
}

bool People::somebody_else_has_card_of(unsigned i) const {
    return std::ranges::any_of(people_, [&](const Person& p) {
        const bool about = p.inside || p.doing == Doing::presenting || p.doing == Doing::told;
        return &p != &people_[i] && p.owner == people_[i].owner && about;
    });
}

bool People::may_grant(std::size_t door) const {
    const bool awaits = station_.stationd && !station_.station().state().doors[door].passages.empty();
    return awaits || std::ranges::any_of(people_, [&](const Person& p) {
               return p.doing == Doing::presenting && site_.door_of(p.reader) == door;
           });
}

bool People::tailgated() {
    const bool known_empty = inside_ == 0 && station_.stationd && station_.station().state().count() == 0;
    if (known_empty) tailgated_ = false;
    return tailgated_;
}

std::optional<Mono> People::came_in(unsigned owner) const {
    const auto is = [owner](const Person& person) { return person.owner == owner; };
    if (std::ranges::count_if(people_, is) != 1) return std::nullopt;
    return std::ranges::find_if(people_, is)->came_in;
}

bool People::settled() const {
    const Mono now = station_.scheduler.now().mono;
    for (std::size_t door = 0; door < doors_.size(); ++door) {
        const auto& model = station_.world->door(door);
        if (model.open() || now - model.moved_at() < seconds{5} || doors_[door].unseen > 0) return false;
    }
    return true;
}

void People::on_action(const Action& action, Now now) {
    const auto* append = std::get_if<AppendRecord>(&action);
    const bool told = append != nullptr && append->record.type == RecordType::occupancy_set;
    if (told && append->record.value == inside_ && settled()) tailgated_ = false;
    // Also where the lock's output takes no level, and its line never moved.
    if (append != nullptr && append->record.door && station_.stationd) {
        const auto door = static_cast<std::size_t>(*append->record.door);
        if (std::holds_alternative<DoorSecured>(station_.station().state().doors[door].phase)) {
            doors_[door].secured_at = now.mono;
        }
    }
    if (const auto* on = std::get_if<OutletOn>(&action)) given_ = static_cast<std::size_t>(on->outlet);
    const auto* show = std::get_if<ShowAtReader>(&action);
    if (show == nullptr) return;
    const auto who = readers_[static_cast<std::size_t>(show->reader)].who;
    if (!who || is_of_a_number(show->outcome)) return;
    tailgated_ = tailgated_ || somebody_else_has_card_of(*who);
    people_[*who].told = show->outcome;
    people_[*who].told_at = now.mono;
    if (show->outcome == Outcome::outlet_yours && given_) people_[*who].outlet = given_;
}

void People::advance(Now now) {
    if (now.mono < next_) return;
    now_ = now.mono;
    given_.reset();
    for (std::size_t door = 0; door < doors_.size(); ++door) {
        if (doors_[door].close_at > now_) continue;
        doors_[door].close_at = never;
        station_.world->door(door).pull_close(now_);
    }
    stir();
    change_loads();
    count_heads();
    next_ = std::min(never, count_at_);
    for (const Mono at : draws_otherwise_at_) next_ = std::min(next_, at);
    for (unsigned i = 0; i < people_.size(); ++i) {
        if (people_[i].next <= now_) act(i);
        next_ = std::min(next_, people_[i].next);
    }
    for (const AtDoor& door : doors_) next_ = std::min(next_, door.close_at);
    next_ = std::min(next_, stirs_until_);
    // Somebody's act may have set another one's time.
    for (const Person& person : people_) next_ = std::min(next_, person.next);
}

// A battery that is full takes next to nothing any more, a charger that breaks far too much; a heater has a thermostat
// of its own.
void People::change_loads() {
    for (std::size_t outlet = 0; outlet < draws_otherwise_at_.size(); ++outlet) {
        if (draws_otherwise_at_[outlet] > now_) continue;
        auto& load = station_.world->outlet(outlet);
        const bool heats = site_.settings.station.outlets[outlet].amenity.has_value();
        const auto of_a_battery = dice_.one_in(4) ? load.plugged() * 5 : load.plugged() / 50;
        load.plug(!heats ? of_a_battery : load.plugged() > 0 ? 0 : 900'000);
        draws_otherwise_at_[outlet] = heats ? in(seconds{20}, minutes{2}) : never;
    }
}

std::optional<std::size_t> People::reader_for(const Person& person, const std::vector<std::size_t>& readers) {
    const auto takes = [&](std::size_t reader) { return site_.readers[reader].takes(person.card.form); };
    const auto count = static_cast<std::uint64_t>(std::ranges::count_if(readers, takes));
    if (count == 0) return std::nullopt;
    auto which = dice_.below(count);
    for (const std::size_t reader : readers) {
        if (takes(reader) && which-- == 0) return reader;
    }
    return std::nullopt;
}

void People::act(unsigned i) {
    Person& person = people_[i];
    person.next = never;
    const bool sets_out =
        person.doing == Doing::away || person.doing == Doing::waiting || person.doing == Doing::staying;
    if (sets_out && now_ < still_until_) {
        // Mostly somebody comes before anybody goes.
        const milliseconds spread = person.inside ? seconds{20} : seconds{3};
        person.next = still_until_ +
                      milliseconds{static_cast<std::int64_t>(dice_.below(static_cast<std::uint64_t>(spread.count())))};
        return;
    }
    switch (person.doing) {
        case Doing::away:
            if (going_home_) return;
            person.tries = 0;
            return enter_by_any(i);
        case Doing::waiting:
            if (going_home_ && !person.inside) return go_away(i);
            return approach(i, person.reader);
        case Doing::presenting:
            return hear(i);
        case Doing::told:
        case Doing::going_out:
            return walk(i);
        case Doing::at_handle:
            return take_handle(i);
        case Doing::staying:
            return go_on(i);
    }
}

// Whoever has stayed for a while wants power, or out.
void People::go_on(unsigned i) {
    Person& person = people_[i];
    if (person.outlet) {
        station_.world->outlet(*person.outlet).unplug();
        draws_otherwise_at_[*person.outlet] = never;
        person.outlet.reset();
    } else if (!going_home_ && person.tries == 0 && (person.to_desk || dice_.one_in(3))) {
        person.tries = 1;
        person.to_desk = false;
        if (const auto desk = reader_for(person, site_.desks)) return approach(i, *desk);
    }
    person.tries = 0;
    leave_by_any(i);
}

void People::enter_by_any(unsigned i) {
    const auto reader = reader_for(people_[i], site_.entries);
    YZ_CHECK(reader.has_value());
    const std::size_t door = site_.door_of(*reader);
    // Nobody shows a card to a dark reader beside a door that stands open.
    if (!options_.orderly && !station_.stationd && station_.world->door(door).push(now_)) {
        people_[i].reader = *reader;
        return pass(i, door, true);
    }
    approach(i, *reader);
}

void People::leave_by_any(unsigned i) {
    Person& person = people_[i];
    const auto reader = reader_for(person, site_.exits);
    person.reader = reader.value_or(site_.entries[0]);
    if (!reader || (!options_.orderly && dice_.one_in(options_.odd_ways))) return leave_otherwise(i);
    approach(i, *reader);
}

// Types a number, and goes.
bool People::changes_mind(unsigned i, std::size_t reader) {
    if (options_.orderly || !site_.readers[reader].has_keys() || !dice_.one_in(6)) return false;
    const auto number = static_cast<unsigned>(1 + dice_.below(site_.settings.outlets.size() + 1));
    story_.tell(now_, fmt::format("{} types {} at reader {}, and goes", i, number, reader));
    site_.readers[reader].type_number(number);
    readers_[reader].free_at = now_ + site_.readers[reader].pause();
    listener_.on_number_alone(number, now_);
    stay(i);
    return true;
}

void People::approach(unsigned i, std::size_t reader) {
    Person& person = people_[i];
    person.reader = reader;
    person.doing = Doing::waiting;
    const bool at_a_door = site_.settings.station.readers[reader].place != ReaderPlace::inside;
    const std::size_t door = site_.door_of(reader);
    AtReader& at = readers_[reader];
    const auto& model = station_.world->door(door);
    const bool door_in_use = doors_[door].who || model.open() || now_ - model.moved_at() < seconds{1};
    const auto& before = doors_[door].who;
    const bool dawdles = before && people_[*before].doing == Doing::told && people_[*before].next > now_ + seconds{1};
    // Nobody likes to wait for somebody who does not go.
    const bool lets_others_go = options_.orderly || (options_.polite && !dice_.one_in(dawdles ? 2 : 20));
    if (at.who || now_ < at.free_at || (lets_others_go && at_a_door && door_in_use)) {
        // Some use what somebody else has opened.
        const bool slips_out = options_.slips_out && at_a_door && person.inside && model.open() && dice_.one_in(3);
        if (slips_out) return leave_otherwise(i);
        // Going home or not: nobody waits for ever for somebody who does not move.
        person.next = in(milliseconds{500}, seconds{3});
        return;
    }
    if (!at_a_door && changes_mind(i, reader)) return;
    at.who = i;
    if (lets_others_go && at_a_door) doors_[door].who = i;
    person.told = Outcome::none;
    person.doing = Doing::presenting;
    person.swipe = {
        .reader = reader, .person = person.owner, .kind = person.kind, .form = person.card.form, .from = now_};
    story_.tell(now_, fmt::format("{} {} lays a card on reader {}", name_of(person.kind), i, reader));
    if (!at_a_door && site_.readers[reader].has_keys() && dice_.one_in(3)) {
        const auto number = 1 + dice_.below(site_.settings.outlets.size() + 1);
        person.swipe.number = static_cast<unsigned>(number);
        site_.readers[reader].type_number(*person.swipe.number);
    }
    listener_.on_swipe(person.swipe);
    site_.readers[reader].present(person.card, now_);
    person.next = in(milliseconds{1500}, milliseconds{2500});
}

}  // namespace yizhan::simulator
