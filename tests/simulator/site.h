// A station as those who come to it, break it or watch it find it: its readers, whatever their kind, and its inputs.
#pragma once

#include <cstddef>
#include <vector>

#include "firmware/settings/settings.h"
#include "hal/time.h"
#include "tests/simulator/card.h"
#include "tools/stationd_demo/world.h"

namespace yizhan::simulator {

// A reader of any kind, from outside.
class Reader {
 public:
    Reader(simulated::World& world, const Settings& settings, std::size_t index);

    bool takes(CardForm form) const;
    CardForm usual_form() const;
    void present(const Card& card, Mono now) const;
    void take_away() const;

    // Only Wiegand readers have none: two wires come out of the wall.
    bool has_plug() const { return wiegand() == nullptr; }
    bool attached() const;
    void attach() const;
    void detach() const;

    bool has_keys() const { return keyboard() != nullptr; }
    void type_number(unsigned number) const;
    // When it told something last, and how long after that a card is decided on at the latest.
    Mono spoke_at() const;
    milliseconds decides_within() const;
    // From a card that is laid there to the outcome of it, at most and at least.
    milliseconds longest_read() const;
    milliseconds shortest_read() const;
    // What a person waits before somebody else can use it.
    milliseconds pause() const;

    simulated::SamReader* id_card() const;  // null: another kind
    const WiegandReaderSettings* wiegand() const;

 private:
    const KeyboardReaderSettings* keyboard() const;

    simulated::World* world_;
    const ReaderHardware* hardware_;
    std::size_t index_;
};

struct Site {
    Site(simulated::World& world, const Settings& its_settings);

    const Settings& settings;
    std::vector<Reader> readers;
    // By position in the settings: readers …
    std::vector<std::size_t> entries;
    std::vector<std::size_t> exits;
    std::vector<std::size_t> desks;
    // … and inputs.
    std::vector<std::size_t> fires;
    std::vector<std::size_t> presences;
    std::vector<std::size_t> tampers;

    std::size_t door_of(std::size_t reader) const {
        return static_cast<std::size_t>(settings.station.readers[reader].door.value_or(DoorIndex{}));
    }
};

}  // namespace yizhan::simulator
