#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hal/credential.h"
#include "hal/event_loop.h"
#include "hal/outcome.h"
#include "hal/time.h"

namespace yizhan {

enum class ReaderHealth : std::uint8_t {
    offline,  // not connected, or not answering at all
    starting,  // connected, not ready yet
    online,
    degraded,  // answers, but reads keep failing: somebody should look at it
    failed,  // says itself that it cannot work (SAM not authorised, self-test failed)
};

struct CardRead {
    const Credential& credential;  // valid during the call only
    bool genuine = false;  // the reader proved that this is an authentic ID card, not a copy of its number
    std::optional<DayRange> validity;  // printed on the card, where it has one
};

class CardReader;

class CardReaderListener {
 public:
    virtual ~CardReaderListener() = default;
    virtual void on_card(CardReader& reader, const CardRead& card, Now now) = 0;
    // A card was there but gave no credential: one of Outcome's "no: the card" group. Once per presentation.
    virtual void on_card_refused(CardReader& reader, Outcome why, Now now) = 0;
    virtual void on_card_removed(CardReader& reader, Now now) = 0;
    // Somebody has typed a number of one or two digits, which is no card, at a reader that has keys.
    virtual void on_number(CardReader& reader, unsigned number, Now now);
    virtual void on_health(CardReader& reader, ReaderHealth health, Now now) = 0;
};

inline void CardReaderListener::on_number(CardReader&, unsigned, Now) {}  // it has no use for numbers

struct ReaderFault {
    std::string_view name;  // lower-case with dashes, of the driver; lives for ever
    std::uint64_t count = 0;
};

// What maintenance sees. Counts since the start.
struct ReaderStatus {
    ReaderHealth health = ReaderHealth::offline;
    std::string identity;  // what is plugged in, as its port tells it ("0400:c35a"); empty: nothing, or it cannot tell
    std::string serial;  // as the reader itself tells it (SAM id); empty while unknown
    std::string verdict;  // plain words, e.g. "no reply for 12 s: check the cable"; empty while all is well
    std::uint64_t cards = 0;
    std::uint64_t refused = 0;  // cards seen and not read
    std::uint64_t bad_frames = 0;  // checksum, length, parity, gap, surplus bits
    std::vector<ReaderFault> faults;  // bad frames by what was wrong, where the driver can tell; none that is 0
    std::uint64_t timeouts = 0;
    std::uint64_t resets = 0;
};

// A reader reports each presented card once, from the moment start() returns, until it dies. It polls, times out and
// recovers by itself through its deadlines. Reporting a card does not allocate. Loop thread only.
class CardReader : public LoopMember {
 public:
    virtual void start(CardReaderListener& listener, Now now) = 0;
    virtual ReaderStatus status() const = 0;
};

}  // namespace yizhan
