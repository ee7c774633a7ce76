// Cards of every form that a reader takes, and the row of each in a member file.
#pragma once

#include <cstdint>
#include <string>

#include "drivers/simulated/sam_reader_card.h"

namespace yizhan::simulator {

enum class CardForm : std::uint8_t { id_card, wiegand26, wiegand34, uid, text };

// All numbers are invented, told apart by `owner`.
struct Card {
    CardForm form = CardForm::id_card;
    bool damaged = false;  // tells nothing that could be believed
    std::uint32_t number = 0;  // of all forms but the ID card
    simulated::SimulatedCard id;

    // As the member file has it, with its prefix.
    std::string credential;
};

enum class CardFlaw : std::uint8_t { none, expired, damaged };

inline constexpr unsigned some_stranger = 998;  // an owner who is none of the people

Card card_of(CardForm form, unsigned owner, CardFlaw flaw = CardFlaw::none);

}  // namespace yizhan::simulator
