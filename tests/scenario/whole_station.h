// Both daemons, whole, in a simulated world, and what people do there.
#pragma once

#include "tests/simulator/simulated_station.h"

namespace yizhan::testing {

// Readers, doors … by their position in the settings of the demo.
inline constexpr std::size_t at_entry = 0;
inline constexpr std::size_t at_exit = 1;
inline constexpr std::size_t at_desk = 2;
inline constexpr std::size_t presence = 0;
inline constexpr std::size_t fire = 1;

struct WholeStationOptions {
    std::uint64_t seed = 1;
    std::string settings = "config/stations/demo.toml";  // in the source tree
    std::function<std::string(std::string)> edit;  // the text of the settings
};

class WholeStation : public SimulatedStation {
 public:
    explicit WholeStation(const WholeStationOptions& options = {});
    // The programs' last words still come to the collector.
    ~WholeStation();

    // Everything runs, and readers have had time to boot.
    void start_all();

    // What people do; each returns when it has been noticed, or fails the test.
    void swipe(std::size_t reader, const std::string& card);  // and takes the card away again
    void push_door();
    void visit_begins(const std::string& card);
    void visit_ends(const std::string& card);

    std::uint64_t count() const { return station().state().count(); }
    bool lock_released() { return world->door(0).lock_released(); }
    Outcome last_said() const;
    std::vector<Outcome> said() const;
    // The newest record of this type the centre has.
    const json* delivered(const std::string& type) const;
    bool alarm_at_centre(const std::string& name) const;

    // The centre's collector: what has arrived, by epoch and sequence number.
    std::map<std::pair<std::uint32_t, std::uint64_t>, json> received;
    std::uint64_t duplicates = 0;
    std::vector<std::uint64_t> order;  // sequence numbers as they came first
    std::string everything;  // all payloads, to look for what must not be there

 private:
    void collect(const simulated::BrokerMessage& message);
};

}  // namespace yizhan::testing
