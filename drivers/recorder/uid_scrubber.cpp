#include "drivers/recorder/uid_scrubber.h"

namespace yizhan {
namespace {

constexpr std::byte random_uid{0x08};  // the first of four bytes (ISO 14443-3)

}  // namespace

UidScrubber::Uid UidScrubber::card(std::span<const std::byte> uid, Mono at) {
    put_off(at, never);
    Uid invented;
    const bool random = uid.size() == 4 && uid[0] == random_uid;
    const std::size_t number = random || uid.empty() ? 0 : stand_ins_.of(Credential(CredentialKind::card_uid, uid));
    while (invented.size() < uid.size()) invented.push_back(static_cast<std::byte>(0x11 * number));
    if (random) invented[0] = random_uid;
    return invented;
}

void UidScrubber::put_off(Mono at, Mono until) {
    stand_ins_.advance(at);
    stand_ins_.forget_at(until);
}

}  // namespace yizhan
