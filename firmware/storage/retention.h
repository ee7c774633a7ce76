// How long the access log is kept. What is too old, or too much, goes from its beginning on; the chain goes on behind
// it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace yizhan {

struct Retention {
    // Regulations want half a year of an access log: less than this, whatever the reason, is a fault.
    static constexpr std::chrono::days least{190};

    std::chrono::days keep{365};
    std::uint64_t most_records = 5'000'000;
    std::uint64_t most_bytes = std::uint64_t{2048} << 20;  // of what is used in the file, which never gets smaller
    // Then the credentials of its records are erased: nobody can tell any more whose they were. What they commit to,
    // and with it the chain, stays as it was.
    std::chrono::days identifiable{90};
    bool only_delivered = true;  // only what the centre has is taken away
    bool operator==(const Retention&) const = default;
};

// What keeps the log from holding what it should.
enum class RetentionFault : std::uint8_t {
    none,
    shortened,  // to keep within its size, records younger than Retention::least were taken away
    failed,  // nothing can be taken away: the disk does not let it
    undelivered,  // it is over its size, and nothing may go because the centre does not have it
};

struct Tidied {
    bool more = false;  // there is more to do at once
    std::optional<RetentionFault> fault;  // none: no clock tells yet how old what went was
};

}  // namespace yizhan
