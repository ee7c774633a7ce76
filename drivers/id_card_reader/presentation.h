// What the polls of one reader add up to: which card lies there, what was said about it, when it counts as gone.
#pragma once

#include <cstdint>
#include <optional>

#include "hal/credential.h"
#include "hal/outcome.h"
#include "hal/time.h"

namespace yizhan {

// Begins when a poll finds a card and ends when it has been away for `bounce`: a card at the edge of the field comes
// and goes, and the reader cannot keep it quiet. The same card within that time is the same presentation.
//
// Cards are compared by their credential itself, which is wiped when the presentation ends. A salted hash would hide
// nothing: an ID number has 37 bits of entropy, so whoever can read this memory can undo the hash.
//
// Absence is counted from the answer to a poll that found nothing until another one is asked that finds nothing either,
// so it is never overstated, however late an answer is; blind() says that the reader could not look.
class Presentation {
 public:
    static constexpr milliseconds bounce{500};
    // Reads of one card before it is called unreadable.
    static constexpr int attempts = 2;
    // One that could not be read and lies there still may lie better now, or be another one that came too quickly: read
    // again, quietly.
    static constexpr milliseconds again_after{1500};
    // A reader may miss the card in one poll after a pause: two in a row count.
    static constexpr int misses_of_an_unread_card = 2;

    enum class Stage : std::uint8_t {
        none,
        unread,  // found, nothing reported yet
        read,  // reported as a card
        refused,  // reported as refused
    };
    Stage stage() const { return stage_; }
    // The reader holds a card it has read to the end and will not find it again until it was lifted.
    bool held() const { return held_; }

    // A poll found a card. True: read it (it is new, was away for a moment and may be another, or could not be read).
    bool found(Now now);
    // A poll that began at `asked` found none.
    void not_found(Mono asked, Now now);
    // Nothing could be seen for a while: absence begins anew, and a card that was read is looked at again when found.
    void blind();
    // Was reported and has been away long enough: report the removal, then clear().
    bool gone() const;
    // Was found, could not be read, and left before the next attempt: refuse() it.
    bool left_unread() const;
    void clear() { *this = Presentation{}; }

    enum class Reading : std::uint8_t {
        first,  // report the card
        same,  // it never left
        another,  // report the removal of the last one, then this one
    };
    Reading read(const Credential& credential);
    // Reading failed. True: enough, refuse() and report it (where a card was read before, that is another one: report
    // its removal first). False: try again, or it was reported before.
    bool failed(Outcome why);
    // Why the last attempt failed.
    Outcome why() const { return why_; }
    // `held`: the reader read it and its content was refused.
    void refuse(bool held);

 private:
    Stage stage_ = Stage::none;
    bool held_ = false;
    bool unsure_ = false;  // whether what lies there is still the card that was reported
    int failures_ = 0;
    Mono again_at_ = never;  // Stage::refused
    int misses_ = 0;
    Outcome why_ = Outcome::unreadable;
    std::optional<Credential> credential_;  // Stage::read
    // Of the polls in a row that found nothing: when the first was answered, and when the last was asked.
    std::optional<Mono> absent_since_;
    Mono absent_until_;
};

}  // namespace yizhan
