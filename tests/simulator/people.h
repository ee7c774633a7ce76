// Who comes to the station: some with good cards and some without, in no hurry or in a great one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "firmware/station/action.h"
#include "hal/event_loop.h"
#include "tests/simulator/card.h"
#include "tests/simulator/options.h"
#include "tests/simulator/simulated_station.h"
#include "tests/simulator/site.h"
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

// A card that lay on a reader, or was held to it.
struct Swipe {
    std::size_t reader = 0;
    unsigned person = 0;  // whose card it is
    CardKind kind{};
    CardForm form{};
    std::optional<unsigned> number = {};  // of an outlet, typed just before
    Mono from;
    Mono until = never;  // taken away
};

// What is shown for the number of an outlet, and not for a card.
inline bool is_of_a_number(Outcome outcome) {
    return outcome == Outcome::outlet_chosen || outcome == Outcome::no_such_outlet;
}

class PeopleListener {
 public:
    virtual ~PeopleListener() = default;
    virtual void on_swipe(const Swipe& swipe) = 0;  // laid there
    // Of an outlet, typed by somebody who then went without laying a card there.
    virtual void on_number_alone(unsigned number, Mono at) = 0;
    virtual void on_swipe_end(const Swipe& swipe) = 0;
    virtual void on_exit_pressed(std::size_t door, Mono at) = 0;
    virtual void on_passed(std::size_t door, Mono at) = 0;
};

// Joins the scheduler, as part of the world.
class People final : public LoopMember {
 public:
    People(const Options& options, testing::SimulatedStation& station, const Site& site, PeopleListener& listener,
           Story& story);

    // The member list with everybody who is a member; without the first `revoked` of them.
    std::string members_csv(unsigned revoked) const;
    // Whether that list, if there is one, names the owner of this card.
    bool is_listed(const Swipe& swipe, unsigned revoked) const;

    // What they are told and given.
    void on_action(const Action& action, Now now);
    void on_lock(std::size_t door, bool released, Mono at) {
        if (!released) doors_[door].secured_at = at;
    }
    // From now on nobody comes any more, whoever is inside leaves.
    void go_home();
    // The sensors see whoever is in, also one who sits still: again after their wires were broken.
    void be_seen(Mono now);
    // Somebody breaks in; false where the door is about to be opened anyway.
    bool force(std::size_t door, Mono now);
    // Somebody presses the exit button and stays.
    void press(std::size_t door, Mono now);
    // Nobody can see who passes there: its contact says nothing, and nothing says so.
    void lose_sight(std::size_t door, bool lost) { doors_[door].unseen += lost ? 1 : -1; }
    // Nobody is on the way in or out.
    bool settled() const;
    unsigned inside() const { return inside_; }
    // Somebody came or went on another one's opening or card, or past a dead contact, since the station last knew: it
    // was empty and knew it, or was told.
    bool tailgated();
    // When the owner of this card came in by it, if they are inside and nobody else has one like it.
    std::optional<Mono> came_in(unsigned owner) const;
    std::uint64_t visits() const { return visits_; }

    Mono next_deadline() const override { return next_; }
    void advance(Now now) override;

 private:
    enum class Doing : std::uint8_t { away, waiting, presenting, told, staying, going_out, at_handle };
    struct Person {
        CardKind kind{};
        Card card;
        unsigned owner = 0;  // of the card: some have one that somebody else has too
        Doing doing = Doing::away;
        bool inside = false;
        std::optional<Mono> came_in;  // by this card
        std::size_t reader = 0;  // presenting, told
        Swipe swipe;
        Outcome told = Outcome::none;
        Mono told_at;  // or pressed the exit button
        std::optional<std::size_t> outlet;
        int tries = 0;
        bool to_desk = false;  // before anything else
        Mono next = never;
    };
    struct AtReader {
        std::optional<unsigned> who;
        Mono free_at;
    };
    struct AtDoor {
        std::optional<unsigned> who;  // orderly worlds: one at a time
        Mono close_at = never;
        Mono button_free_at;
        int unseen = 0;
        Mono secured_at;  // its lock
    };

    static constexpr milliseconds press_time{300};  // a finger on the exit button
    static constexpr milliseconds contact_swings{100};  // and is believed after that
    static constexpr milliseconds head_count{25'000};  // until the last door has settled
    static constexpr milliseconds long_press{1500};  // where it takes the lock's power for as long as it is pressed

    Mono in(milliseconds least, milliseconds most);
    std::optional<std::size_t> reader_for(const Person& person, const std::vector<std::size_t>& readers);
    CardForm form_for(unsigned i) const;
    void stir();
    void change_loads();
    void count_heads();
    void act(unsigned i);
    void go_on(unsigned i);
    void enter_by_any(unsigned i);
    void leave_by_any(unsigned i);
    void approach(unsigned i, std::size_t reader);
    bool changes_mind(unsigned i, std::size_t reader);
    void hear(unsigned i);
    milliseconds own_release(const Person& person) const;  // what the door gives for this card
    void try_again(unsigned i);
    void take_card(unsigned i);
    void walk(unsigned i);
    void pass(unsigned i, std::size_t door, bool inwards);
    void close_behind(std::size_t door);
    void leave_otherwise(unsigned i);
    void take_handle(unsigned i);
    void step_aside(unsigned i);
    void wait_inside(unsigned i);
    // One card for two who are inside or on the way: doors cannot tell who comes and who goes.
    bool somebody_else_has_card_of(unsigned i) const;
    // The station awaits somebody there, or may in a moment. A contact tells a moment late: nobody can tell them from
    // who opens by something else.
    bool may_grant(std::size_t door) const;
    void stay(unsigned i);
    void go_away(unsigned i);

    const Options& options_;
    testing::SimulatedStation& station_;
    const Site& site_;
    PeopleListener& listener_;
    Story& story_;
    simulated::Random dice_;
    std::vector<Person> people_;
    std::vector<AtReader> readers_;
    std::vector<AtDoor> doors_;
    std::vector<Mono> draws_otherwise_at_;  // what is plugged in there
    std::optional<std::size_t> given_;  // the outlet switched on in this turn
    bool going_home_ = false;
    unsigned inside_ = 0;
    bool tailgated_ = false;
    bool stirs_ = true;  // somebody moves, where people mostly sit still
    Mono stirs_until_ = never;  // or sits still until then
    Mono count_at_ = never;  // heads
    Mono still_until_;  // nobody sets out while heads are counted
    std::uint64_t visits_ = 0;
    Mono now_;
    Mono next_ = Mono::min();
};

}  // namespace yizhan::simulator
