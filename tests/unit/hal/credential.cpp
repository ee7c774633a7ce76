#include "hal/credential.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <new>
#include <string>

namespace yizhan {
namespace {

constexpr std::string_view sample = "99999920000101001X";

TEST(Credential, HoldsUpToSixtyFourBytes) {
    for (std::size_t size = 0; size <= Credential::max_size; ++size) {
        const std::string text(size, 'x');
        const Credential credential(CredentialKind::text, text);
        EXPECT_EQ(credential.bytes().size(), size);
        EXPECT_EQ(std::memcmp(credential.bytes().data(), text.data(), size), 0);
    }
    EXPECT_DEATH(Credential(CredentialKind::text, std::string(65, 'x')), "check failed");
}

TEST(Credential, DiffersByKindToo) {
    const Credential card(CredentialKind::resident_id, sample);
    EXPECT_TRUE(card == Credential(CredentialKind::resident_id, sample));
    EXPECT_FALSE(card == Credential(CredentialKind::text, sample));
    EXPECT_FALSE(card == Credential(CredentialKind::resident_id, sample.substr(1)));
}

TEST(Credential, LeavesNothingBehindWhenItDies) {
    alignas(Credential) std::array<char, sizeof(Credential)> memory{};
    auto* credential = new (memory.data()) Credential(CredentialKind::resident_id, sample);
    const auto holds = [&](std::string_view text) {
        return std::string_view(memory.data(), memory.size()).find(text) != std::string_view::npos;
    };
    ASSERT_TRUE(holds(sample));
    credential->~Credential();
    EXPECT_FALSE(holds(sample.substr(0, 4)));
}

}  // namespace
}  // namespace yizhan
