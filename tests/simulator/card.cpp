#include "tests/simulator/card.h"

#include <fmt/format.h>

namespace yizhan::simulator {
namespace {

// Every ID card of these worlds is of region 999999; every other number begins with digits that nothing else has.
constexpr std::uint32_t first_number26 = 9'090'000;
constexpr std::uint32_t first_number = 909'090'000;

std::string birth_of(unsigned owner) {
    return fmt::format("19{:02}{:02}{:02}", 50 + owner % 50, 1 + owner % 12, 1 + owner % 28);
}

}  // namespace

Card card_of(CardForm form, unsigned owner, CardFlaw flaw) {
    Card card{.form = form, .damaged = flaw == CardFlaw::damaged};
    card.number = (form == CardForm::wiegand26 ? first_number26 : first_number) + owner;
    switch (form) {
        case CardForm::id_card:
            card.id = simulated::resident_card(birth_of(owner), owner + 1, "20200101",
                                               flaw == CardFlaw::expired ? "20240331" : "");
            if (card.damaged) card.id.read_fails = 0x41;
            card.credential = "id:" + simulated::synthetic_number(birth_of(owner), owner + 1);
            break;
        case CardForm::wiegand26:
            card.credential = fmt::format("wiegand26:{}", card.number);
            break;
        case CardForm::wiegand34:
            card.credential = fmt::format("wiegand34:{}", card.number);
            break;
        case CardForm::uid:
            card.credential = fmt::format("uid:{:08x}", card.number);
            break;
        case CardForm::text:
            card.credential = fmt::format("text:{}", card.number);
            break;
    }
    return card;
}

}  // namespace yizhan::simulator
