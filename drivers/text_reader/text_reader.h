// Whatever types a text and Enter: card readers in keyboard style, QR and bar code scanners.
//
// Typing tells neither where a text begins nor whether a card is still there. So:
// * A text ends with Enter and with nothing else. A pause longer than `pause` voids it: what is typed then is a new
// one.
// * A card is there until `quiet` has passed without a text; equal texts closer than that are one presentation, and
//   another text is void: one code can hold hundreds of texts, each a guess, and nobody shows two cards in a second.
// A character that is not expected, a lost key, too many or too few void the text. A voided text of at least half the
// shortest one is a card that was not read (Outcome::unreadable); anything shorter is a key bumped into, and only
// counted. Where numbers are taken, one or two digits and Enter are one: people choose by it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/ports/key_port.h"
#include "hal/card_reader.h"

namespace yizhan {

struct TextRules {
    std::string characters;  // those that are expected
    std::size_t shortest = 4;
    std::size_t longest = Credential::max_size;  // at most that
    bool numbers = false;  // of one or two digits, shorter than any text
};

// Its credentials are CredentialKind::text: a code that holds an ID number is not that ID card.
class TextReader final : public CardReader, private KeyPortListener {
 public:
    static constexpr milliseconds pause{1000};  // slow readers type a key in 50 ms
    static constexpr milliseconds quiet{1000};  // scanners that look for ever say the same again in less
    static constexpr std::uint8_t failures_to_degrade = 5;  // texts in a row that were not read

    TextReader(std::unique_ptr<KeyPort> port, TextRules rules);
    TextReader(const TextReader&) = delete;
    TextReader& operator=(const TextReader&) = delete;
    ~TextReader() override { forget_text(); }

    void start(CardReaderListener& listener, Now now) override;
    ReaderStatus status() const override;
    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    enum class Fault : std::uint8_t { none, character, lost, too_long, too_short, no_enter, too_soon };
    enum class Presence : std::uint8_t { nobody, refused, card };

    void on_attached(Now now) override;
    void on_detached(std::string_view why, Now now) override;
    void on_typed(std::string_view text, Now now) override;

    void take(char typed, Now now);
    void end_text(Fault fault, Now now);
    std::optional<unsigned> number() const;  // that was typed, where numbers are taken
    void accept(const Credential& card, std::size_t typed, Now now);
    void reject(Fault fault, std::size_t typed, Now now);
    void remove(Now now);
    void forget_text();
    void set_health(ReaderHealth health, Now now);
    std::string verdict() const;

    std::unique_ptr<KeyPort> port_;
    const TextRules rules_;
    CardReaderListener* listener_ = nullptr;

    // The text under way.
    std::array<char, Credential::max_size> text_{};
    std::size_t size_ = 0;
    std::size_t typed_ = 0;  // keys, also those that are not in text_
    Fault fault_ = Fault::none;  // the first one
    Mono last_key_;

    Presence presence_ = Presence::nobody;
    Credential present_;
    Mono present_until_;
    bool told_too_soon_ = false;  // of this presentation

    ReaderHealth health_ = ReaderHealth::offline;
    std::string why_detached_ = "not found yet";
    ReaderStatus counts_;  // cards, refused, bad_frames, timeouts
    std::uint8_t failures_in_a_row_ = 0;
    std::array<std::uint64_t, 7> faults_{};  // by Fault
    Fault trouble_ = Fault::none;  // of the last voided text since the last card
};

}  // namespace yizhan
