// IdCardReader when things go wrong: time-outs, resets, a SAM that cannot work, a port that lost its device.
#include "drivers/id_card_reader/id_card_reader.h"

namespace yizhan {
namespace {

// A SAM takes up to 5 s to boot, so that long a silence is not worth a word.
constexpr seconds patience{5};
constexpr seconds slow_boot_poll{1};
constexpr seconds boot_gives_up{30};
constexpr seconds slow_poll{5};  // of a SAM that says it cannot work
constexpr seconds longest_drain{1};
constexpr seconds reopen_patience{5};

}  // namespace

void IdCardReader::boot_timed_out(Now now) {
    const auto waited = now.mono - boot_began_;
    if (waited >= boot_gives_up) return reset_port(now);
    rest(SamCommand::sam_id, now.mono + (waited < patience ? breath : slow_boot_poll));
}

// Also when the SAM says that it did not understand: one way out is enough.
void IdCardReader::timed_out(SamCommand command, Now now) {
    waited_until_ = now.mono;
    silent_ = now.mono - heard_ >= patience;
    if (command == SamCommand::sam_id) return boot_timed_out(now);
    ++counts_.timeouts;
    presentation_.blind();
    const bool reading = command == SamCommand::select || command == SamCommand::read;
    if (reading && presentation_.failed(Outcome::unreadable)) refuse(Outcome::unreadable, false, now);
    if (reading) ++failed_reads_;
    ++timeouts_in_a_row_;
    if (failed_reads_ >= most_failures || timeouts_in_a_row_ >= most_failures) return reset_port(now);
    parser_.wipe();
    state_ = Draining{now.mono + quiet, now.mono + longest_drain};
}

void IdCardReader::sam_cannot_work(SamCommand command, Now now) {
    cannot_work_ = true;
    if (presentation_.stage() == Presentation::Stage::unread) presentation_.clear();
    // Whether a card lies there it did not say either.
    presentation_.blind();
    // The same question where it was about the card: a find does not see one that was read.
    const bool same = command == SamCommand::sam_id || command == SamCommand::presence;
    rest(same ? command : SamCommand::find, now.mono + slow_poll);
}

void IdCardReader::reset_port(Now now) {
    if (failed_reads_ >= most_failures) reads_keep_failing_ = true;
    if (timeouts_in_a_row_ >= most_failures) keeps_timing_out_ = true;
    failed_reads_ = timeouts_in_a_row_ = 0;
    // The next attempt is seconds away: nobody waits that long for an answer.
    if (presentation_.stage() == Presentation::Stage::unread) refuse(presentation_.why(), false, now);
    presentation_.blind();
    parser_.wipe();
    ++counts_.resets;
    booted_ = false;
    state_ = Reopening{now.mono + reopen_patience, false};
    port_.reset();
}

// The device is, or was, away by itself. A card that was read is remembered: it may still lie there when the reader is
// back, and nobody presented it again.
void IdCardReader::lose_sight(Now now) {
    booted_ = false;
    switch (presentation_.stage()) {
        case Presentation::Stage::none:
            break;
        case Presentation::Stage::unread:
            presentation_.clear();
            break;
        case Presentation::Stage::read:
            presentation_.blind();
            break;
        case Presentation::Stage::refused:
            end_presentation(now);
            break;
    }
}

}  // namespace yizhan
