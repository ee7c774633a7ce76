// A Station on the bench: events go in, actions come out, time is whatever the test says.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "firmware/station/station.h"

namespace yizhan::testing {

inline constexpr DoorIndex front{0};
inline constexpr ReaderIndex entry{0};
inline constexpr ReaderIndex leaving{1};
inline constexpr ReaderIndex desk{2};
inline constexpr InputIndex fire_input{0};
inline constexpr InputIndex presence_input{1};
inline constexpr InputIndex tamper_input{2};
inline constexpr std::uint64_t test_boot = 7;

// One door with entry and exit reader, contact and exit button; an inside reader; three outlets; fire, presence,
// tamper.
inline StationConfig usual_station() {
    StationConfig config;
    config.id = "test";
    config.policy = AdmissionPolicy::any_valid_id;
    config.doors = {{.name = "front", .has_contact = true, .has_exit_button = true}};
    config.readers = {{.name = "front-in", .place = ReaderPlace::entry, .door = front},
                      {.name = "front-out", .place = ReaderPlace::exit, .door = front},
                      {.name = "desk", .place = ReaderPlace::inside}};
    config.outlets = {{.name = "a1"}, {.name = "a2"}, {.name = "a3"}};
    config.inputs = {{.name = "fire", .kind = InputKind::fire},
                     {.name = "presence", .kind = InputKind::presence},
                     {.name = "cabinet", .kind = InputKind::tamper}};
    return config;
}

inline CredentialId credential(std::uint8_t number) {
    CredentialId id{.key_id = 1};
    id.digest.fill(number);
    return id;
}

// Keys of the centre that may sign everything.
inline SignerSet signers(std::uint64_t version, std::initializer_list<std::uint32_t> numbers,
                         Wall expires = Wall(std::chrono::hours{1'000'000})) {
    SignerSet set{.version = version, .expires = expires};
    for (const std::uint32_t number : numbers) set.signers.push_back({.number = number, .roles = {true, true, true}});
    return set;
}

class Bench {
 public:
    explicit Bench(StationConfig station_config = usual_station()) : Bench(std::move(station_config), State()) {}
    Bench(StationConfig station_config, const State& restored)
        : config(std::move(station_config)), station(config, restored, test_boot) {
        Actions out;
        station.start(now, out);
        take(out);
    }

    void handle(const Event& event) {
        Actions out;
        station.handle(event, now, out);
        take(out);
        if (!log_works || station.surroundings().stored == state().seq) return;
        Actions none;  // storing is silent unless it ends an alarm
        station.handle(RecordsStored{state().seq}, now, none);
        for (const Action& action : none) {
            if (const auto* append = std::get_if<AppendRecord>(&action)) records.push_back(append->record);
        }
    }
    // Lets time pass, serving every deadline on the way.
    void pass(milliseconds duration) {
        const Mono end = now.mono + duration;
        for (int turns = 0; station.next_deadline() <= end; ++turns) {
            ASSERT_LT(turns, 10000) << "a deadline that does not move";
            move_to(std::max(station.next_deadline(), now.mono));
            handle(TimePassed{});
        }
        move_to(end);
    }
    void card(ReaderIndex reader, std::uint8_t number) {
        handle(CardPresented{.reader = reader,
                             .credential = credential(number),
                             .kind = CredentialKind::resident_id,
                             .genuine = true,
                             .fresh_visit = ++last_visit});
    }
    void contact(bool open) { handle(DoorContactChanged{front, open}); }
    void open_and_close() {
        contact(true);
        pass(seconds{2});
        contact(false);
        pass(seconds{1});
    }
    void enter(std::uint8_t number) {
        card(entry, number);
        open_and_close();
    }
    void leave(std::uint8_t number) {
        card(leaving, number);
        open_and_close();
    }
    void button() {
        handle(ExitButtonChanged{front, true});
        handle(ExitButtonChanged{front, false});
    }
    void order(auto what) { handle(Command{.what = what, .actor = {ActorRole::maintenance, 1000}, .request = 1}); }

    const State& state() const { return station.state(); }
    bool released() const { return lock_until > now.mono; }
    bool fed() const { return fed_until > now.mono; }
    bool outlet_on(std::size_t i) const { return outlet_until[i] > now.mono; }
    std::size_t count(RecordType type) const {
        return static_cast<std::size_t>(
            std::count_if(records.begin(), records.end(), [&](const Record& r) { return r.type == type; }));
    }
    const Record& last(RecordType type) const {
        const auto found =
            std::find_if(records.rbegin(), records.rend(), [&](const Record& r) { return r.type == type; });
        if (found == records.rend()) {
            ADD_FAILURE() << "no record " << name_of(type);
            return records.front();
        }
        return *found;
    }
    bool alarm(AlarmKind kind) const { return state().has_alarm(kind); }

    StationConfig config;
    Station station;
    Now now{Mono{std::chrono::hours{1}}, Wall{std::chrono::hours{24 * 20500}}, true};
    bool log_works = true;  // records are stored as soon as an event is over
    VisitId last_visit = 100;
    std::vector<Record> records;
    std::vector<Action> actions;  // of the last event
    Outcome shown = Outcome::none;  // at any reader, newest
    std::vector<Outcome> said;
    Mono lock_until{};
    Mono fed_until{};  // by the contactor
    std::array<Mono, max_outlets> outlet_until{};

 private:
    void move_to(Mono when) {
        now.wall += std::chrono::duration_cast<milliseconds>(when - now.mono);
        now.mono = when;
    }
    void take(const Actions& out) {
        actions.assign(out.begin(), out.end());
        for (const Action& action : out) {
            if (const auto* append = std::get_if<AppendRecord>(&action)) records.push_back(append->record);
            if (const auto* show = std::get_if<ShowAtReader>(&action)) shown = show->outcome;
            if (const auto* say = std::get_if<Say>(&action)) said.push_back(say->outcome);
            if (const auto* release = std::get_if<ReleaseLock>(&action)) lock_until = release->until;
            if (std::holds_alternative<SecureLock>(action)) lock_until = {};
            if (const auto* close = std::get_if<CloseContactor>(&action)) fed_until = close->until;
            if (std::holds_alternative<OpenContactor>(action)) fed_until = {};
            if (const auto* on = std::get_if<OutletOn>(&action)) {
                outlet_until[static_cast<std::size_t>(on->outlet)] = on->until;
            }
            if (const auto* off = std::get_if<OutletOff>(&action)) {
                outlet_until[static_cast<std::size_t>(off->outlet)] = {};
            }
        }
    }
};

}  // namespace yizhan::testing
