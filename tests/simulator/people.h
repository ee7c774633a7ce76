// Who comes to the station: some with good cards and some without, in no hurry or in a great one.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "firmware/station/action.h"
#include "hal/event_loop.h"
#include "tests/simulator/options.h"
#include "tests/simulator/simulated_station.h"
#include "tests/simulator/story.h"

namespace yizhan::simulator {

enum class CardKind : std::uint8_t {
    member,
    slow,  // needs more time at the door
    day,  // member from 06:00 to 22:00
    staff,
    stranger,
    lapsed,
    barred,
    outdated,  // the card itself expired
    damaged,  // cannot be read
};
std::string_view name_of(CardKind kind);

// Readers by their position in the settings of the demo.
inline constexpr std::size_t at_entry = 0;
inline constexpr std::size_t at_exit = 1;
inline constexpr std::size_t at_desk = 2;
inline constexpr std::size_t reader_count = 3;

// A card that lay on a reader.
struct Swipe {
    std::size_t reader = 0;
    unsigned person = 0;
    CardKind kind{};
    Mono from;
    Mono until = never;  // taken away
};

class PeopleListener {
 public:
    virtual ~PeopleListener() = default;
    virtual void on_swipe(const Swipe& swipe) = 0;  // laid there
    virtual void on_swipe_end(const Swipe& swipe) = 0;
    virtual void on_exit_pressed(Mono at) = 0;
    virtual void on_passed(bool inwards, unsigned people, Mono at) = 0;
};

// Joins the scheduler, as part of the world.
class People final : public LoopMember {
 public:
    People(const Options& options, testing::SimulatedStation& station, PeopleListener& listener, Story& story);

    // The member list with everybody who is a member; without the first `revoked` of them.
    std::string members_csv(unsigned revoked) const;
    bool is_revoked(unsigned person, unsigned revoked) const { return person < revoked; }

    // What they are told and given.
    void on_action(const Action& action, Now now);
    // From now on nobody comes any more, whoever is inside leaves.
    void go_home();
    unsigned inside() const { return inside_; }
    // Somebody who is inside now, or was since it was empty last, came in on another one's opening.
    bool tailgated() const { return tailgated_; }
    std::uint64_t visits() const { return visits_; }
    CardKind kind(unsigned person) const { return people_[person].kind; }

    Mono next_deadline() const override { return next_; }
    void advance(Now now) override;

 private:
    enum class Doing : std::uint8_t { away, waiting, presenting, told, staying, going_out };
    struct Person {
        CardKind kind{};
        simulated::SimulatedCard card;
        Doing doing = Doing::away;
        bool inside = false;
        std::size_t reader = at_entry;  // presenting, told
        Swipe swipe;
        Outcome told = Outcome::none;
        std::optional<std::size_t> outlet;
        int tries = 0;
        Mono next = never;
    };

    static constexpr milliseconds press{300};  // a finger on the exit button

    Mono in(milliseconds least, milliseconds most);
    void act(unsigned i);
    void approach(unsigned i, std::size_t reader);
    void hear(unsigned i);
    void try_again(unsigned i);
    void take_card(unsigned i);
    void walk(unsigned i);
    void pass(unsigned i, bool inwards);
    void close_behind();
    void leave_otherwise(unsigned i);
    void stay(unsigned i);
    void go_away(unsigned i);

    const Options& options_;
    testing::SimulatedStation& station_;
    PeopleListener& listener_;
    Story& story_;
    simulated::Random dice_;
    std::vector<Person> people_;
    std::array<std::optional<unsigned>, reader_count> at_;  // who is at a reader
    std::array<Mono, reader_count> free_at_{};
    std::optional<unsigned> at_door_;  // orderly worlds: one at a time
    std::optional<std::size_t> given_;  // the outlet switched on in this turn
    Mono close_at_ = never;
    Mono button_free_at_;
    bool going_home_ = false;
    unsigned inside_ = 0;
    bool tailgated_ = false;
    std::uint64_t visits_ = 0;
    Mono now_;
    Mono next_ = Mono::min();
};

}  // namespace yizhan::simulator
