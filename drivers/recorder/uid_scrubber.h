// Cards that a contactless reader told, without the cards: a UID becomes an invented one of the same length, all of its
// bytes the same, so that cards stay different whichever part of a UID the settings keep. Random UIDs stay
// recognisable as such. Real cards that differ only in bytes that the settings cut off are taken for different ones.
#pragma once

#include <span>

#include "drivers/ports/contactless.h"
#include "drivers/recorder/stand_ins.h"
#include "hal/fixed_vector.h"
#include "hal/time.h"

namespace yizhan {

class UidScrubber {
 public:
    using Uid = FixedVector<std::byte, longest_uid>;

    Uid card(std::span<const std::byte> uid, Mono at);
    void removed(Mono at) { stand_ins_.forget_at(at + StandIns::memory); }
    // A card that lay there when the reader went is the same when both are back.
    void detached(Mono at) { put_off(at, never); }
    void attached(Mono at) { put_off(at, at + StandIns::memory); }
    // Forgets what no driver knows any more.
    void advance(Mono now) { stand_ins_.advance(now); }

 private:
    void put_off(Mono at, Mono until);

    StandIns stand_ins_;
};

}  // namespace yizhan
