// Resident-ID-card reader with a SAM_A security module (GA/T 467), over USB bulk pipes or a serial line.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "drivers/id_card_reader/presentation.h"
#include "drivers/id_card_reader/sam_command.h"
#include "drivers/id_card_reader/sam_frame.h"
#include "drivers/ports/byte_port.h"
#include "hal/card_reader.h"

namespace yizhan {

// Asks the reader every `poll` whether a card lies on it; a card is found, selected and read, and then asked for its
// presence (30 03) until it leaves, for most firmwares do not find a card again that they have read. Where 30 03 is not
// supported, presence is asked by finding: a firmware that keeps a card it has read then looks as if the card left
// early (on_card_removed comes while it lies there); it is not reported twice for that.
//
// on_card_removed ends every presentation that on_card or on_card_refused began, once the card was away for
// Presentation::bounce. A card that the port lost sight of (unplugged, reset) and that lies there afterwards is not
// reported again.
//
// Recovery: a time-out, or a card that fails with "read failed", is followed by a reset of the SAM, whose answer also
// proves that no late reply is under way any more; three in a row by a reset of the port, and the reader is degraded
// until it succeeds. A SAM that says it cannot work is asked every few seconds.
class IdCardReader : public CardReader, private BytePortListener {
 public:
    // `port` outlives the reader and is used by nobody else. `poll`: 50 ms to some seconds.
    IdCardReader(BytePort& port, milliseconds poll);
    IdCardReader(const IdCardReader&) = delete;
    IdCardReader& operator=(const IdCardReader&) = delete;
    ~IdCardReader() override { parser_.wipe(); }

    void start(CardReaderListener& listener, Now now) override;
    ReaderStatus status() const override;
    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    static constexpr milliseconds quiet{50};  // on a line that is drained
    // Between a reply and the next request of a reader slower than `poll`: it must not be kept busy for ever.
    static constexpr milliseconds breath{20};
    static constexpr int most_failures = 3;  // in a row, before the port is reset

    struct Detached {};
    // A request is out.
    struct Asking {
        SamCommand command;
        Mono deadline;
    };
    // Nothing is out; `next` goes out at the deadline.
    struct Resting {
        SamCommand next;
        Mono deadline;
    };
    // After a time-out: whatever arrives belongs to nobody. The line must be quiet before the SAM is reset.
    struct Draining {
        Mono deadline;
        Mono latest;
    };
    // port_.reset() was called; the device leaves and comes back.
    struct Reopening {
        Mono deadline;
        bool detached;
    };
    using State = std::variant<Detached, Asking, Resting, Draining, Reopening>;

    void on_attached(Now now) override;
    void on_detached(std::string_view why, Now now) override;
    void on_bytes(std::span<const std::byte> bytes, Now now) override;

    void handle(const SamReply& reply, Now now);
    void on_sam_id(const SamReply& reply, Now now);
    void on_find(const SamReply& reply, Now now);
    void on_select(const SamReply& reply, Now now);
    void on_read(const SamReply& reply, Now now);
    void on_presence(const SamReply& reply, Now now);

    void ask(SamCommand command, Now now);
    void rest(SamCommand next, Mono until) { state_ = Resting{next, until}; }
    void poll_again(Now now);
    void boot(Now now);

    // id_card_reader_recovery.cpp
    void boot_timed_out(Now now);
    void timed_out(SamCommand command, Now now);
    void sam_cannot_work(SamCommand command, Now now);
    void reset_port(Now now);
    void lose_sight(Now now);

    void read_failed(std::uint8_t status, Now now);
    void no_card(Now now);
    void report_card(const SamReply& reply, Now now);
    void refuse(Outcome why, bool held, Now now);
    void end_presentation(Now now);

    ReaderHealth health() const;
    void tell_health(Now now);

    BytePort& port_;
    const milliseconds poll_;
    CardReaderListener* listener_ = nullptr;
    State state_ = Detached{};
    SamFrameParser parser_;
    Presentation presentation_;
    Mono poll_began_;
    Mono boot_began_;
    Mono heard_;  // the last whole frame
    Mono waited_until_;  // the last time-out
    // Facts that make up the health.
    bool booted_ = false;
    bool silent_ = false;
    bool cannot_work_ = false;
    bool reads_keep_failing_ = false;
    bool keeps_timing_out_ = false;
    ReaderHealth told_ = ReaderHealth::offline;

    // Whether the reader knows the question of presence, 30 03; where it does not, find is asked instead.
    enum class KnowsPresence : std::uint8_t { not_yet_told, yes, no };
    KnowsPresence knows_presence_ = KnowsPresence::not_yet_told;
    int presence_refusals_ = 0;
    int failed_reads_ = 0;  // in a row
    int timeouts_in_a_row_ = 0;
    ReaderStatus counts_;  // cards, refused, timeouts, resets, serial
    std::uint64_t misfits_ = 0;  // right frames that answer nothing
    std::string why_detached_ = "not found yet";
};

}  // namespace yizhan
