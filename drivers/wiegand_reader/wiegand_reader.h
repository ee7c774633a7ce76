// A reader on two Wiegand lines, D0 (green) and D1 (white), both high at rest; a short low pulse on one of them is a
// bit. Pulses 20-100 us, 200 us to 20 ms apart; the frame ends with silence (SIA AC-01 and readers' manuals).
//
// Wiegand tells neither how long a frame is going to be nor whether a card is still there. So:
// * With one accepted length a good frame is decided on its last bit; with several only after `gap` of silence. Bits
//   that follow an early decision are counted, but the card was reported: where cards of another length are around,
//   configure both lengths.
// * A card is there until `quiet` has passed without a frame; equal frames closer than that are one presentation.
// Silence is judged by the edges' own time stamps, and believed only after one more turn of the loop brought none:
// edges that waited while the loop was busy belong to the frame they were sent in.
// Bursts on both lines at once look like bits in turn. What betrays them: edges closer than any reader sends them, or
// levels, looked at once a turn until the frame is decided, that are both low. Falling edges only: a kernel that is
// asked for both looks at the level to tell which one it was, later than the 50 us that a pulse may last (linux
// gpiolib-cdev.c, edge_irq_thread).
// Whatever cannot be believed voids its frame. A voided frame of at least half the shortest accepted length is a card
// that was not read (Outcome::unreadable); anything shorter is noise, and only counted.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "drivers/ports/gpio.h"
#include "drivers/wiegand_reader/wiegand_frame.h"
#include "hal/card_reader.h"
#include "hal/fixed_vector.h"

namespace yizhan {

class WiegandReader final : public CardReader, private EdgeListener {
 public:
    static constexpr std::uint8_t longest_frame = 64;
    static constexpr microseconds shortest_spacing{100};
    static constexpr milliseconds quiet{500};
    static constexpr milliseconds one_more_turn{1};
    static constexpr milliseconds retry_reading{1000};  // while the lines cannot be read
    static constexpr std::uint8_t failures_to_degrade = 5;  // cards in a row that were not read
    // Frames in a row that are good only with every bit turned round: D0 and D1 are exchanged. One of noise is so once
    // in four times.
    static constexpr std::uint8_t mirrored_to_tell = 3;

    // `lines`: line 0 is D0, line 1 is D1, falling edges; ask for a kernel buffer of 256 edges or more, without
    // debounce. `lengths`: one to three of 26, 34, 37, each once. `gap`: 30-50 ms suits most readers; more than the
    // longest spacing of bits, less than the pause between two frames, at most `quiet`.
    WiegandReader(std::unique_ptr<InputLines> lines, std::span<const std::uint8_t> lengths, milliseconds gap);

    // Reports health `online` from inside if its lines can be read: a Wiegand reader cannot be asked whether it is
    // there. Offline while they cannot.
    void start(CardReaderListener& listener, Now now) override;
    ReaderStatus status() const override;
    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    enum class Phase : std::uint8_t {
        idle,
        collecting,
        spent,  // the frame had its outcome; waits for silence
    };
    enum class Presence : std::uint8_t { nobody, refused, card };

    void on_edges(std::span<const Edge> edges, Now now) override;
    void on_lost(Now now) override;
    void read_lines(Now now);
    Mono frame_deadline() const;
    void take(const Edge& edge, Now now);
    void begin(const Edge& edge, Now now);
    void add_bit(bool bit, Now now);
    void surplus_bit();
    void mark(WiegandFault fault);
    void count_bad(WiegandFault fault);
    void note_mirrored(std::uint64_t bits);
    void end_by_silence(Now now);
    void accept(const Credential& card, Now now);
    void reject(WiegandFault fault, Now now);
    void remove(Now now);
    void set_health(ReaderHealth health, Now now);
    bool accepts(std::uint8_t count) const;
    std::string verdict() const;

    std::unique_ptr<InputLines> lines_;
    FixedVector<std::uint8_t, 3> lengths_;
    std::uint8_t shortest_ = longest_frame;
    milliseconds gap_;
    CardReaderListener* listener_ = nullptr;

    // The frame under way.
    Phase phase_ = Phase::idle;
    std::uint64_t bits_ = 0;
    std::uint8_t count_ = 0;
    WiegandFault fault_ = WiegandFault::none;  // the first one
    bool surplus_seen_ = false;
    Mono last_edge_;
    Mono silence_confirmed_at_ = never;
    bool sequence_known_ = false;  // kernels may start to count anywhere
    std::uint32_t next_sequence_ = 0;

    // The card in front of the reader.
    Presence presence_ = Presence::nobody;
    Credential present_;
    Mono present_until_;

    // For maintenance.
    ReaderHealth health_ = ReaderHealth::offline;
    std::uint64_t cards_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t bad_frames_ = 0;
    std::uint8_t failures_in_a_row_ = 0;
    WiegandFault trouble_ = WiegandFault::none;  // of the last bad frame since the last card
    std::uint8_t trouble_bits_ = 0;
    std::uint8_t mirrored_in_a_row_ = 0;
    std::array<std::uint64_t, wiegand_fault_count> faults_{};  // by WiegandFault
    std::array<std::uint64_t, 2> edges_since_card_{};
    std::array<bool, 2> low_at_rest_{};
    std::string lines_problem_;  // why they cannot be read
    Mono retry_at_ = never;  // while they cannot
};

}  // namespace yizhan
