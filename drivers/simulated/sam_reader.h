// A model of an ID-card reader with a SAM_A security module, as GA/T 467 and readers in the field have it: it eats and
// speaks real frames at the far end of a simulated BytePort. Written from the protocol, not from the driver.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "drivers/simulated/byte_port.h"
#include "drivers/simulated/sam_reader_card.h"
#include "hal/event_loop.h"
#include "hal/time.h"

namespace yizhan::simulated {

// How this reader behaves; may be changed at any time.
struct SamReaderKnobs {
    milliseconds find_takes{40};
    milliseconds select_takes{60};
    milliseconds read_takes{700};
    milliseconds fingerprint_takes{250};  // on top
    milliseconds address_takes{60};  // also management numbers
    milliseconds sam_takes{20};  // id, status, settings
    milliseconds reset_takes{100};
    int jitter_percent = 20;  // either way, from the seed
    milliseconds boot_takes{800};  // deaf until then
    milliseconds reattach_takes{500};  // after a port reset
    std::size_t chunk = 0;  // bytes handed over at a time; 0: whole replies
    bool split_header = false;  // preamble and LEN first, then the rest, as readers with four pipes do
    milliseconds chunk_gap{0};  // between the chunks of a reply
    std::array<std::uint8_t, 16> sam_id{0x05, 0x00, 0x03, 0x00, 0xD5, 0xAF, 0x34, 0x01,
                                        0xB1, 0xCB, 0x74, 0x00, 0xD2, 0x02, 0x96, 0x49};
    bool knows_new_address = true;  // 30 03; else 21
    bool knows_management = true;  // 30 05; else 21
    bool latches = true;  // a card that was read is not found again until it was lifted
    int misses_at_first = 0;  // finds that overlook a card just presented
    bool antenna_dead = false;  // every find: no card
    // One in so many finds overlooks a card at the edge of the field, never two in a row; 0: none.
    std::uint64_t flickers = 0;
};

// One thing going wrong, for the next `times` requests that match.
struct SamReaderFault {
    enum class Kind : std::uint8_t {
        no_reply,
        late_reply,  // by `delay`; what is asked meanwhile waits, for such a reader answers in order
        garbage_before,  // `value` bytes before the preamble, with false starts in them
        truncated,  // only the first `value` bytes of the reply
        bad_checksum,
        bad_length,  // LEN says `value`
        wrong_command,  // the answer to "read SAM id"
        status,  // nothing is done, SW3 is `value`
        lost,  // leaves instead of replying, and is back after `delay`
        hung,  // from now on no reply at all, until its port is reset or it is plugged in anew
    };
    Kind kind;
    std::uint16_t request = 0;  // CMD PARA, e.g. 0x3001; 0: any
    unsigned value = 0;
    milliseconds delay{0};
    int times = 1;
};

// Plugged in from the beginning. Joins the loop of the driver under test, or the simulated world, as a LoopMember.
// present(), remove() and the like may be called between turns; the driver hears of it in the reader's next turn.
class SamReader : public LoopMember {
 public:
    // `port` outlives the reader.
    explicit SamReader(BytePort& port, std::uint64_t seed = 1) : port_(port), random_(seed) {}

    void present(SimulatedCard card);
    void remove();
    void detach();
    void attach() { plugged_ = true; }
    SamReaderKnobs& knobs() { return knobs_; }
    void inject(SamReaderFault fault) { faults_.push_back(fault); }
    void clear_faults() { faults_.clear(); }
    bool has_faults() const { return !faults_.empty() || hung_; }
    bool hangs() const { return hung_; }
    Mono faulted_at() const { return faulted_at_; }  // when one struck last
    bool attached() const { return port_.attached(); }
    std::uint64_t times_gone() const { return times_gone_; }
    // How often it was asked for CMD PARA, answered or not.
    std::uint64_t asked(std::uint16_t request) const;
    // When it handed over bytes last.
    Mono spoke_at() const { return spoke_at_; }

    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    enum class State : std::uint8_t { idle, found, selected, read };
    using Bytes = std::vector<std::byte>;
    struct Work {
        Bytes request;
        std::uint16_t code;
        Mono due;
    };
    struct Outgoing {
        Mono at;
        Bytes bytes;
    };
    static constexpr std::size_t longest_queue = 8;

    void go_away(std::string_view why, Now now);
    void come_back(Now now);
    void take_requests(Now now);
    void start_work(Now now);
    void finish_work(Now now);
    void speak(Now now);

    Bytes execute(const Work& work);
    Bytes find();
    Bytes select();
    Bytes read(bool with_fingerprint);
    Bytes new_address() const;
    Bytes management() const;
    bool card_is_selected() const;
    void say(Bytes reply, const std::optional<SamReaderFault>& fault, Now now);
    std::optional<SamReaderFault> fault_for(std::uint16_t code);
    milliseconds duration_of(std::uint16_t code);
    std::uint64_t draw();

    BytePort& port_;
    SamReaderKnobs knobs_;
    std::vector<SamReaderFault> faults_;
    std::uint64_t random_;
    Mono last_turn_;
    bool plugged_ = true;
    bool leaving_ = false;
    bool hung_ = false;
    std::uint64_t times_gone_ = 0;
    std::optional<Mono> attach_at_;
    Mono awake_at_;
    Mono spoke_at_;
    Mono faulted_at_;

    State state_ = State::idle;
    bool latched_ = false;
    int misses_ = 0;
    bool flickered_ = false;
    std::optional<SimulatedCard> card_;

    std::deque<Bytes> inbox_;
    std::optional<Work> work_;
    Mono free_at_;  // nothing new is begun before
    std::deque<Outgoing> outbox_;  // by time
    std::map<std::uint16_t, std::uint64_t> asked_;
};

}  // namespace yizhan::simulated
