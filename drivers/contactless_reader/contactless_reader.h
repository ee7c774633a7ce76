// Contactless cards by their UID. A UID can be copied with a phone: this is for cards a station already has, in place
// of nothing better; what is read is never called genuine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "drivers/ports/contactless.h"
#include "hal/card_reader.h"

namespace yizhan {

// Readers show one card's UID in different orders and lengths. What this reader tells is made into what the station's
// list has: first turned round, then cut.
struct UidTransform {
    bool reverse = false;
    std::uint8_t low_bytes = 0;  // the last so many are kept; 0: all
};

// Each card is reported once per presence: one that comes back with the same UID within `bounce` never left, nor did
// one that still lies there when the reader is back after being unplugged.
//
// Phones and some identity cards draw another UID each time (ISO 14443-3: 4 bytes that begin with 08). They are refused
// at every swipe, so that nobody enrols one and stands outside the next day.
class ContactlessReader final : public CardReader, private ContactlessListener {
 public:
    static constexpr milliseconds bounce{500};
    static constexpr milliseconds settling{1000};  // of a reader that was plugged in, until it has seen its card
    static constexpr std::uint8_t failures_to_degrade = 5;  // cards in a row that told no UID

    ContactlessReader(std::unique_ptr<ContactlessPort> port, UidTransform transform);

    void start(CardReaderListener& listener, Now now) override;
    ReaderStatus status() const override;
    Mono next_deadline() const override { return presence_ == Presence::nobody ? never : remove_at_; }
    void advance(Now now) override;

 private:
    enum class Presence : std::uint8_t { nobody, refused, card };

    void on_attached(Now now) override;
    void on_detached(std::string_view why, Now now) override;
    void on_card(std::span<const std::byte> uid, Now now) override;
    void on_removed(Now now) override;

    void report(const Credential& card, Now now);
    void refuse(Outcome why, Now now);
    void remove(Now now);
    void set_health(ReaderHealth health, Now now);

    std::unique_ptr<ContactlessPort> port_;
    const UidTransform transform_;
    CardReaderListener* listener_ = nullptr;

    Presence presence_ = Presence::nobody;
    Credential present_;
    Mono remove_at_ = never;  // while the card is away, or may be

    ReaderHealth health_ = ReaderHealth::offline;
    std::string why_detached_ = "not found yet";
    ReaderStatus counts_;  // cards, refused
    std::uint8_t failures_in_a_row_ = 0;
};

}  // namespace yizhan
