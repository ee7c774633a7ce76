#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "firmware/identity/signer_set.h"
#include "firmware/station/record.h"
#include "hal/fixed_vector.h"

namespace yizhan {

// What has come of the centre's keys: the newest key set, and the newest command of each key that has sent one.
struct SignerSequences {
    struct Known {
        std::uint32_t signer = 0;
        std::uint64_t sequence = 0;
        bool operator==(const Known&) const = default;
    };
    std::uint64_t version = 0;  // an older set is not taken any more
    // Since when it is in force, by a clock to trust. Of what a key has signed before, which has sent nothing yet in
    // this log or since it is in the set again, nobody knows whether it was done.
    std::optional<Wall> since;
    FixedVector<Known, SignerSet::most_signers> list;
    bool operator==(const SignerSequences&) const = default;

    std::uint64_t of(std::uint32_t signer) const {  // 0: none yet
        const auto* known = std::find_if(list.begin(), list.end(), [&](const Known& k) { return k.signer == signer; });
        return known == list.end() ? 0 : known->sequence;
    }

    void see(const Stamp& at) {
        if (!at.trusted || at.wall < earliest_clock) return;
        // Nor was a clock right that is set back by more than a day.
        if (!since || *since - at.wall > std::chrono::hours{24}) since = at.wall;
    }
    // command_taken, signer_removed, signers_loaded.
    void follow(const Record& record) {
        const auto value = static_cast<std::uint64_t>(record.value);
        if (record.type == RecordType::signers_loaded) {
            version = value;
            since.reset();
            return;
        }
        const std::uint32_t signer = record.actor.uid;
        auto* known = std::find_if(list.begin(), list.end(), [&](const Known& k) { return k.signer == signer; });
        if (record.type == RecordType::signer_removed) {
            if (known != list.end()) list.erase(known);
        } else if (known != list.end()) {
            known->sequence = std::max(known->sequence, value);
        } else if (!list.full()) {
            list.push_back({.signer = signer, .sequence = value});
        }
    }
};

}  // namespace yizhan
