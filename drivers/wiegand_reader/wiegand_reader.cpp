#include "drivers/wiegand_reader/wiegand_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "hal/check.h"

namespace yizhan {
namespace {

// So many edges on one line without a single one on the other are a broken wire, not chance.
constexpr std::uint64_t edges_of_a_lone_line = 8;

constexpr std::uint64_t both_high = 0b11;

// In the order of WiegandFault.
constexpr std::array<std::string_view, wiegand_fault_count> fault_names{
    "none", "length", "parity", "equal-bits", "surplus-bits", "edges-dropped", "noise", "both-low", "too-long"};

}  // namespace

WiegandReader::WiegandReader(std::unique_ptr<InputLines> lines, std::span<const std::uint8_t> lengths, milliseconds gap)
    : lines_(std::move(lines)), gap_(gap) {
    YZ_CHECK(lines_ != nullptr);
    YZ_CHECK(!lengths.empty() && lengths.size() <= decltype(lengths_)::capacity());
    YZ_CHECK(gap > milliseconds{0} && gap <= quiet);
    for (const auto length : lengths) {
        YZ_CHECK(is_wiegand_length(length) && !accepts(length));
        lengths_.push_back(length);
        shortest_ = std::min(shortest_, length);
    }
}

void WiegandReader::start(CardReaderListener& listener, Now now) {
    YZ_CHECK(listener_ == nullptr);
    listener_ = &listener;
    lines_->start(*this);
    read_lines(now);
}

void WiegandReader::read_lines(Now now) {
    const auto levels = lines_->levels();
    retry_at_ = levels ? never : now.mono + retry_reading;
    lines_problem_ = levels ? "" : levels.error().what;
    if (levels) {
        for (std::size_t line = 0; line < low_at_rest_.size(); ++line) low_at_rest_[line] = (*levels >> line & 1) == 0;
    }
    set_health(levels ? ReaderHealth::online : ReaderHealth::offline, now);
}

void WiegandReader::on_lost(Now now) {
    phase_ = Phase::idle;
    bits_ = 0;
    silence_confirmed_at_ = never;
    sequence_known_ = false;
    failures_in_a_row_ = 0;
    if (presence_ != Presence::nobody) remove(now);
    read_lines(now);
}

bool WiegandReader::accepts(std::uint8_t count) const {
    return std::find(lengths_.begin(), lengths_.end(), count) != lengths_.end();
}

void WiegandReader::on_edges(std::span<const Edge> edges, Now now) {
    for (const auto& edge : edges) take(edge, now);
    if (phase_ == Phase::collecting && (lines_->levels().value_or(both_high) & both_high) == 0) {
        mark(WiegandFault::both_low);
    }
}

void WiegandReader::take(const Edge& edge, Now now) {
    YZ_CHECK(edge.line < 2);
    const bool hole = sequence_known_ && edge.sequence != next_sequence_;
    sequence_known_ = true;
    next_sequence_ = edge.sequence + 1;
    // The lost edges may have been the end of the frame under way as well as the beginning of the next one.
    if (hole && phase_ == Phase::collecting) mark(WiegandFault::dropped);
    if (edge.rising) return;

    silence_confirmed_at_ = never;
    if (phase_ != Phase::idle && edge.at - last_edge_ >= gap_) end_by_silence(now);
    if (phase_ == Phase::idle) {
        begin(edge, now);
    } else if (edge.at - last_edge_ < shortest_spacing) {
        mark(WiegandFault::noise);
    }
    if (hole) mark(WiegandFault::dropped);
    last_edge_ = std::max(last_edge_, edge.at);

    if (phase_ == Phase::spent) {
        surplus_bit();
    } else {
        ++edges_since_card_[edge.line];
        add_bit(edge.line == 1, now);
    }
}

void WiegandReader::begin(const Edge& edge, Now now) {
    if (presence_ != Presence::nobody && edge.at >= present_until_) remove(now);
    phase_ = Phase::collecting;
    bits_ = 0;
    count_ = 0;
    fault_ = WiegandFault::none;
    surplus_seen_ = false;
    last_edge_ = edge.at;
}

void WiegandReader::mark(WiegandFault fault) {
    if (fault_ == WiegandFault::none) fault_ = fault;
}

void WiegandReader::add_bit(bool bit, Now now) {
    if (count_ == longest_frame) {
        // Told at once: noise without end would otherwise never be.
        phase_ = Phase::spent;
        surplus_seen_ = true;
        reject(WiegandFault::too_long, now);
        return;
    }
    bits_ = bits_ << 1 | (bit ? 1U : 0U);
    ++count_;
    if (lengths_.size() > 1 || count_ != lengths_[0] || fault_ != WiegandFault::none) return;
    // A frame that is not good may yet turn out to be a longer one: what is wrong with it is said after the silence.
    if (const auto card = decode_wiegand(bits_, count_)) {
        phase_ = Phase::spent;
        accept(*card, now);
    }
}

void WiegandReader::surplus_bit() {
    if (!std::exchange(surplus_seen_, true)) count_bad(WiegandFault::surplus);
}

void WiegandReader::count_bad(WiegandFault fault) {
    ++bad_frames_;
    ++faults_[static_cast<std::size_t>(fault)];
    trouble_ = fault;
    trouble_bits_ = count_;
}

// Exchanged wires turn every bit round, and with it the parity of every part: their number of bits is odd.
void WiegandReader::note_mirrored(std::uint64_t bits) {
    if (!decode_wiegand(~bits, count_)) {
        mirrored_in_a_row_ = 0;
    } else if (mirrored_in_a_row_ < mirrored_to_tell) {
        ++mirrored_in_a_row_;
    }
}

void WiegandReader::end_by_silence(Now now) {
    if (std::exchange(phase_, Phase::idle) == Phase::spent) {
        bits_ = 0;
        return;
    }
    const std::uint64_t bits = std::exchange(bits_, 0);
    if (fault_ == WiegandFault::none && !accepts(count_)) fault_ = WiegandFault::length;
    if (fault_ != WiegandFault::none) return reject(fault_, now);
    const auto card = decode_wiegand(bits, count_);
    if (card) return accept(*card, now);
    note_mirrored(bits);
    reject(card.error(), now);
}

void WiegandReader::accept(const Credential& card, Now now) {
    failures_in_a_row_ = 0;
    mirrored_in_a_row_ = 0;
    trouble_ = WiegandFault::none;
    edges_since_card_ = {};
    low_at_rest_ = {};
    if (presence_ == Presence::card && present_ == card) {
        present_until_ = last_edge_ + quiet;
    } else {
        if (presence_ == Presence::card) remove(now);
        presence_ = Presence::card;
        present_ = card;
        present_until_ = last_edge_ + quiet;
        ++cards_;
        listener_->on_card(*this, {.credential = present_, .genuine = false, .validity = std::nullopt}, now);
    }
    set_health(ReaderHealth::online, now);
}

void WiegandReader::reject(WiegandFault fault, Now now) {
    count_bad(fault);
    if (count_ * 2 < shortest_ || fault == WiegandFault::too_long) return;
    // A bad repetition of a card that is still there is no news for the person in front of it.
    if (presence_ == Presence::nobody) {
        presence_ = Presence::refused;
        ++refused_;
        listener_->on_card_refused(*this, Outcome::unreadable, now);
    }
    present_until_ = last_edge_ + quiet;
    if (failures_in_a_row_ < failures_to_degrade) ++failures_in_a_row_;
    if (failures_in_a_row_ == failures_to_degrade) set_health(ReaderHealth::degraded, now);
}

void WiegandReader::remove(Now now) {
    presence_ = Presence::nobody;
    present_ = Credential();
    listener_->on_card_removed(*this, now);
}

void WiegandReader::set_health(ReaderHealth health, Now now) {
    if (health_ == health) return;
    health_ = health;
    listener_->on_health(*this, health, now);
}

Mono WiegandReader::next_deadline() const { return std::min(retry_at_, frame_deadline()); }

Mono WiegandReader::frame_deadline() const {
    if (silence_confirmed_at_ != never) return silence_confirmed_at_;
    if (phase_ != Phase::idle) return last_edge_ + gap_;
    return presence_ == Presence::nobody ? never : present_until_;
}

void WiegandReader::advance(Now now) {
    if (now.mono >= retry_at_) read_lines(now);
    if (now.mono < frame_deadline()) return;
    if (silence_confirmed_at_ == never) {
        silence_confirmed_at_ = now.mono + one_more_turn;
        return;
    }
    silence_confirmed_at_ = never;
    if (phase_ != Phase::idle) {
        end_by_silence(now);
    } else {
        remove(now);
    }
}

ReaderStatus WiegandReader::status() const {
    ReaderStatus status;
    status.health = health_;
    status.verdict = verdict();
    status.cards = cards_;
    status.refused = refused_;
    status.bad_frames = bad_frames_;
    for (std::size_t i = 1; i < faults_.size(); ++i) {
        if (faults_[i] != 0) status.faults.push_back({fault_names[i], faults_[i]});
    }
    return status;
}

std::string WiegandReader::verdict() const {
    if (!lines_problem_.empty()) return "its lines cannot be read (" + lines_problem_ + ")";
    if (low_at_rest_[0]) return "D0 was low at rest: check the reader's power, its ground and the green wire";
    if (low_at_rest_[1]) return "D1 was low at rest: check the reader's power, its ground and the white wire";
    if (trouble_ == WiegandFault::none) return {};
    if (edges_since_card_[0] == 0 && edges_since_card_[1] >= edges_of_a_lone_line) {
        return "D0 never moves: check the green wire";
    }
    if (edges_since_card_[1] == 0 && edges_since_card_[0] >= edges_of_a_lone_line) {
        return "D1 never moves: check the white wire";
    }
    if (mirrored_in_a_row_ == mirrored_to_tell) {
        return "D0 and D1 are exchanged: exchange the green and the white wire";
    }
    switch (trouble_) {
        case WiegandFault::none:
            return {};
        case WiegandFault::length:
            return "a frame of " + std::to_string(trouble_bits_) +
                   " bits came, which is not set: check the reader's output format and the lengths in the settings";
        case WiegandFault::parity:
            return "parity was wrong: check the cable's length, screen and ground";
        case WiegandFault::constant:
            return "a frame of equal bits came: check whether D0 and D1 touch each other or another wire";
        case WiegandFault::surplus:
            return "bits came after a frame of " + std::to_string(trouble_bits_) +
                   ": check the reader's output format; if cards of several lengths are in use, set them all";
        case WiegandFault::dropped:
            return "the kernel dropped edges: check for noise on the lines and for a controller too busy to read them";
        case WiegandFault::noise:
            return "pulses came closer than a reader sends them: check the cable's screen, its ground and what runs "
                   "beside it";
        case WiegandFault::both_low:
            return "D0 and D1 were low at once: check whether they touch each other, the cable's screen and what runs "
                   "beside it";
        case WiegandFault::too_long:
            return "more than 64 bits came without a pause: check the cable's screen, its ground and the gap in the "
                   "settings";
    }
    return {};
}

}  // namespace yizhan
