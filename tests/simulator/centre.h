// The centre of a simulated station: a collector with a database, which may be away, loses what a broker's full queue
// loses, and can be put back to a backup.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "drivers/simulated/mqtt_broker.h"
#include "drivers/simulated/random.h"
#include "drivers/simulated/scheduler.h"

namespace yizhan::simulator {

// Outlives the broker's observers: as long as the broker.
class Centre {
 public:
    // `seed`: of what it loses.
    Centre(simulated::Scheduler& scheduler, simulated::MqttBroker& broker, std::string station, std::uint64_t seed);
    Centre(const Centre&) = delete;
    Centre& operator=(const Centre&) = delete;

    bool away = false;
    bool loses = false;  // some batches, as a full queue does, and some of its own answers; others it says twice
    void restore_a_backup();  // the newest records are gone, and asked for

    // Of one log.
    struct Feed {
        std::uint64_t stored = 0;  // without a hole
        std::uint64_t most_stored = 0;
    };
    Feed feed(std::uint32_t epoch) const {
        const auto found = feeds_.find(epoch);
        return found == feeds_.end() ? Feed{} : found->second;
    }

 private:
    void on_batch(const std::string& payload);
    void acknowledge(std::uint32_t epoch);
    void ask();
    void skip_what_is_gone();

    simulated::Scheduler& scheduler_;
    simulated::MqttBroker& broker_;
    const std::string root_;
    simulated::Random dice_;
    std::map<std::uint32_t, Feed> feeds_;  // by epoch
    std::uint32_t epoch_ = 0;  // of the newest batch
    bool asks_ = false;  // soon
};

}  // namespace yizhan::simulator
