#include "firmware/identity/credential_id.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "firmware/identity/hex.h"

namespace yizhan {
namespace {

constexpr std::string_view synthetic_number = "999999197001011239";

KeyBytes counting_key() {
    KeyBytes key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
    return key;
}

// What the digest must be, by the library's own HMAC.
std::array<std::uint8_t, 16> hmac_by_the_book(const KeyBytes& key, const Credential& credential) {
    std::vector<std::uint8_t> message{static_cast<std::uint8_t>(credential.kind()),
                                      static_cast<std::uint8_t>(credential.bytes().size())};
    for (const auto byte : credential.bytes()) message.push_back(static_cast<std::uint8_t>(byte));
    std::array<std::uint8_t, 32> sum{};
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(), sum.data(), &size);
    std::array<std::uint8_t, 16> cut{};
    std::copy_n(sum.begin(), cut.size(), cut.begin());
    return cut;
}

TEST(CredentialDigest, IsHmacSha256OverKindLengthAndBytesForEveryLength) {
    const auto key = counting_key();
    const CredentialDigest digest(key);
    const std::string text(Credential::max_size, 'x');
    for (std::size_t size = 0; size <= Credential::max_size; ++size) {
        const Credential credential(CredentialKind::text, std::string_view(text).substr(0, size));
        EXPECT_EQ(digest(credential).digest, hmac_by_the_book(key, credential)) << size;
    }
}

RC_GTEST_PROP(CredentialDigest, IsHmacSha256ForAnyKey, (KeyBytes key, std::vector<std::uint8_t> bytes)) {
    bytes.resize(std::min(bytes.size(), Credential::max_size));
    const Credential credential(CredentialKind::card_uid, std::as_bytes(std::span(bytes)));
    RC_ASSERT(CredentialDigest(key)(credential).digest == hmac_by_the_book(key, credential));
}

TEST(CredentialDigest, GivesTheSameAgainAfterOthers) {
    const CredentialDigest digest(counting_key());
    const Credential card(CredentialKind::resident_id, synthetic_number);
    const auto first = digest(card);
    static_cast<void>(digest(Credential(CredentialKind::text, "another")));
    EXPECT_EQ(digest(card), first);
}

TEST(CredentialDigest, TellsAQrCodeThatHoldsAnIdNumberFromThatIdCard) {
    const CredentialDigest digest(counting_key());
    const auto card = digest(Credential(CredentialKind::resident_id, synthetic_number));
    const auto code = digest(Credential(CredentialKind::text, synthetic_number));
    EXPECT_NE(card.digest, code.digest);
    EXPECT_EQ(card.key_id, code.key_id);
}

TEST(CredentialDigest, DiffersBetweenStations) {
    const std::string secret(32, 's');
    const auto bytes = std::as_bytes(std::span(secret));
    const CredentialDigest here(derive_station_key(bytes, "xining-01").value());
    const CredentialDigest there(derive_station_key(bytes, "xining-02").value());
    const Credential card(CredentialKind::resident_id, synthetic_number);
    EXPECT_NE(here(card).digest, there(card).digest);
    EXPECT_NE(here.key_id(), there.key_id());
}

TEST(KeyId, IsTheBeginningOfASha256OverLabelAndKey) {
    const auto key = counting_key();
    std::string message = "yizhan key id v1";
    message.append(key.begin(), key.end());
    std::array<std::uint8_t, 32> sum{};
    ASSERT_EQ(EVP_Digest(message.data(), message.size(), sum.data(), nullptr, EVP_sha256(), nullptr), 1);
    const auto id = CredentialDigest(key).key_id();
    EXPECT_EQ(to_text(CredentialId{id, {}}).substr(0, 8), to_hex(std::span(sum).first(4)));
}

// RFC 5869: with no salt, PRK = HMAC(32 zeros, secret) and the first block is HMAC(PRK, info || 1).
TEST(StationKey, IsHkdfSha256OfTheSecretFileAndTheStation) {
    std::string secret;
    for (int i = 0; i < 40; ++i) secret += static_cast<char>(i);
    const std::array<std::uint8_t, 32> no_salt{};
    std::array<std::uint8_t, 32> prk{};
    std::array<std::uint8_t, 32> expected{};
    unsigned size = 0;
    HMAC(EVP_sha256(), no_salt.data(), 32, reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size(),
         prk.data(), &size);
    const std::string info = "yizhan station key v1:xining-01\x01";
    HMAC(EVP_sha256(), prk.data(), 32, reinterpret_cast<const std::uint8_t*>(info.data()), info.size(), expected.data(),
         &size);
    EXPECT_EQ(derive_station_key(std::as_bytes(std::span(secret)), "xining-01").value(), expected);
}

TEST(StationKey, IsRefusedForAShortSecretOrABadStationId) {
    const std::string secret(32, 's');
    const auto bytes = std::as_bytes(std::span(secret));
    EXPECT_FALSE(derive_station_key(bytes.first(31), "xining-01"));
    const std::string long_secret(1025, 's');
    EXPECT_FALSE(derive_station_key(std::as_bytes(std::span(long_secret)), "xining-01"));
    for (const auto* const station : {"", "Xining", "a/b", "a b", "123456789012345678901234567890123"}) {
        EXPECT_FALSE(derive_station_key(bytes, station)) << station;
    }
}

TEST(KeyText, RoundTripsWithAndWithoutNewline) {
    const auto key = counting_key();
    const auto text = to_text(key);
    EXPECT_EQ(text.size(), 64u);
    EXPECT_EQ(key_from_text(text, "key").value(), key);
    EXPECT_EQ(key_from_text(text + "\n", "key").value(), key);
    EXPECT_EQ(key_from_text(text + "\r\n", "key").value(), key);
}

TEST(KeyText, IsRefusedWithItsPlaceAndWithoutItsContent) {
    const auto text = to_text(counting_key());
    for (const auto& bad :
         {std::string(), text.substr(1), text + "0", text + "\n\n", " " + text, text.substr(2) + "xx"}) {
        const auto key = key_from_text(bad, "/etc/yizhan/station.key");
        ASSERT_FALSE(key);
        EXPECT_TRUE(key.error().what.starts_with("/etc/yizhan/station.key: ")) << key.error().what;
        EXPECT_EQ(key.error().what.find("0102"), std::string::npos);
        EXPECT_FALSE(key.error().cure.empty());
    }
}

RC_GTEST_PROP(CredentialIdText, RoundTrips, (std::uint32_t key_id, std::array<std::uint8_t, 16> digest)) {
    RC_PRE(key_id != 0);
    const CredentialId id{key_id, digest};
    RC_ASSERT(credential_id_from_text(to_text(id)).value() == id);
}

TEST(CredentialIdText, IsRefusedUnlessItIsExactlyThat) {
    const std::string good = "0102aBcD:000102030405060708090a0B0C0D0E0F";
    EXPECT_EQ(to_text(credential_id_from_text(good).value()), "0102abcd:000102030405060708090a0b0c0d0e0f");
    for (const auto& bad : {std::string(), good.substr(1), good + "0", good + "\n", "00000000" + good.substr(8),
                            good.substr(0, 8) + ";" + good.substr(9), "0x" + good.substr(2)}) {
        EXPECT_FALSE(credential_id_from_text(bad)) << bad;
    }
}

}  // namespace
}  // namespace yizhan
