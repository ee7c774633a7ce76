// Verifying the access log: step by step, so that it can be done while the station runs.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "firmware/storage/record_chain.h"

namespace yizhan {

// The first record that is not what it was when it was stored.
struct LogFlaw {
    std::uint64_t seq = 0;
    std::string what;
    bool operator==(const LogFlaw&) const = default;
};

// How far it has come, and in the end the result. Hand it to AccessLog::verify() until `done`.
struct LogCheck {
    std::optional<Checkpoint> known;  // one from elsewhere, to compare with: the centre's
    std::set<PublicKey> former_keys;  // that this station has had: their checkpoints are its own
    std::uint64_t first = 0;  // 0: nothing checked yet
    std::uint64_t last = 0;
    ChainHash hash{};  // behind `last`
    std::uint64_t checkpoints = 0;  // with a right signature
    std::uint64_t sealed = 0;  // the newest of them
    std::set<PublicKey> keys;  // by which key; more than one: the station got another
    std::optional<LogFlaw> flaw;  // ends it
    bool done = false;
};

}  // namespace yizhan
