#include "drivers/ports/pcsc/uid_exchange.h"

namespace yizhan {

UidAnswer uid_answer(std::span<const std::uint8_t> answer) {
    if (answer.size() < 2) return {};
    const auto data = answer.first(answer.size() - 2);
    const std::uint8_t sw1 = answer[answer.size() - 2];
    const std::uint8_t sw2 = answer[answer.size() - 1];
    if (sw1 == 0x6C) return {.ask_for = sw2};
    const bool uid_size = data.size() == 4 || data.size() == 7 || data.size() == 8 || data.size() == 10;
    if (sw1 != 0x90 || sw2 != 0x00 || !uid_size) return {};
    return {.uid = Credential(CredentialKind::card_uid, std::as_bytes(data))};
}

}  // namespace yizhan
