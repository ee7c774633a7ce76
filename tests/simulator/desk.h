// Whoever commands stations at the centre, and whoever would like to: key sets and commands, genuine and not.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "drivers/simulated/random.h"
#include "firmware/identity/signed_command.h"
#include "firmware/station/config.h"
#include "hal/time.h"

namespace yizhan::simulator {

class Desk {
 public:
    // `config` outlives it.
    Desk(std::uint64_t seed, const StationConfig& config) : config_(config), dice_(seed ^ 0xde5c) {}

    static std::string root_key();  // its public half, for the settings

    struct Message {
        std::string verb;  // of its topic
        std::string payload;
        bool retained = false;
    };
    Message next(Now now);

    // For oracles: what was signed with the signer's own key for this station; null: nothing.
    const Mandate* genuine(std::uint32_t signer, std::uint64_t sequence) const;
    bool may_sign(std::uint32_t signer, std::uint64_t version) const;  // by the key set of that version

 private:
    Message key_set(Now now);
    std::pair<std::string, nlohmann::json> order();  // verb and arguments
    Message command(Now now);

    const StationConfig& config_;
    simulated::Random dice_;
    std::uint64_t sequence_ = 0;
    std::uint32_t second_ = 2;  // the signer that is revoked now and then, for another one
    std::vector<std::uint32_t> second_of_;  // by version - 1
    std::vector<Message> before_;
    std::map<std::pair<std::uint32_t, std::uint64_t>, Mandate> genuine_;
};

}  // namespace yizhan::simulator
