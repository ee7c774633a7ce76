#include "firmware/identity/credential_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "firmware/identity/hex.h"
#include "firmware/identity/id_number.h"

namespace yizhan {
namespace {

std::string hex_of(const Credential& credential) {
    std::vector<std::uint8_t> bytes;
    for (const auto byte : credential.bytes()) bytes.push_back(static_cast<std::uint8_t>(byte));
    return to_hex(bytes);
}

struct Form {
    const char* text;
    CredentialKind kind;
    const char* bytes;  // hex
};

TEST(CredentialText, GivesTheBytesTheDriversGive) {
    const Form forms[] = {
        {"id:999999197001011239", CredentialKind::resident_id, "393939393939313937303031303131323339"},
        {"hmt:830000180001010020", CredentialKind::hmt_permit, "383330303030313830303031303130303230"},
        {"pr:999840180003070008", CredentialKind::foreigner_pr, "393939383430313830303033303730303038"},
        {"pr:ZZZ000000000000", CredentialKind::foreigner_pr, "5a5a5a303030303030303030303030"},
        {"pr:zzz000000000000", CredentialKind::foreigner_pr, "5a5a5a303030303030303030303030"},
        {"wiegand26:1-12345", CredentialKind::wiegand26, "013039"},
        {"wiegand26:123-45678", CredentialKind::wiegand26, "7bb26e"},
        {"wiegand26:77881", CredentialKind::wiegand26, "013039"},
        {"wiegand26:0x013039", CredentialKind::wiegand26, "013039"},
        {"wiegand26:255-65535", CredentialKind::wiegand26, "ffffff"},
        {"wiegand34:0x04A1B2C3", CredentialKind::wiegand34, "04a1b2c3"},
        {"wiegand34:77705923", CredentialKind::wiegand34, "04a1b2c3"},
        {"wiegand34:4294967295", CredentialKind::wiegand34, "ffffffff"},
        {"wiegand37:123456789", CredentialKind::wiegand37, "00075bcd15"},
        {"wiegand37:34359738367", CredentialKind::wiegand37, "07ffffffff"},
        {"uid:04a1B2c3", CredentialKind::card_uid, "04a1b2c3"},
        {"uid:04112233445566", CredentialKind::card_uid, "04112233445566"},
        {"uid:e004010011223344", CredentialKind::card_uid, "e004010011223344"},
        {"uid:00112233445566778899", CredentialKind::card_uid, "00112233445566778899"},
        {"text:a:b c", CredentialKind::text, "613a622063"},
        {"text:驿", CredentialKind::text, "e9a9bf"},
    };
    for (const auto& form : forms) {
        const auto credential = credential_from_text(form.text);
        ASSERT_TRUE(credential) << form.text << ": " << credential.error().what;
        EXPECT_EQ(credential->kind(), form.kind) << form.text;
        EXPECT_EQ(hex_of(*credential), form.bytes) << form.text;
    }
    // The number whose check character is ten.
    EXPECT_EQ(credential_from_text("id:99999918000101018x").value(),
              Credential(CredentialKind::resident_id, "99999918000101018X"));
}

TEST(CredentialText, IsRefusedWithACureWhereNoReaderCouldGiveIt) {
    const std::string longest(64, 'a');
    EXPECT_TRUE(credential_from_text("text:" + longest));
    const std::string refused[] = {
        "",
        "999999197001011239",
        "ID:999999197001011239",
        "card:1",
        "id:",
        "id:99999919700101123",
        "id:9999991970010112390",
        "id:99999919700101123a",
        "id:a99999197001011239",
        "id:810000180001010020",
        "id:830000180001010020",
        "id:999840180003070008",
        "hmt:999999197001011239",
        "pr:110105180001010010",
        "pr:Z1Z000000000000",
        "pr:ZZZ00000000000x",
        "pr:ZZZ00000000000",
        "wiegand26:256-1",
        "wiegand26:1-65536",
        "wiegand26:-1",
        "wiegand26:1-",
        "wiegand26:1-2-3",
        "wiegand26:16777216",
        "wiegand26:",
        "wiegand26:0x",
        "wiegand26:12 ",
        "wiegand34:4294967296",
        "wiegand34:04A1B2C3",
        "wiegand37:34359738368",
        "wiegand37:99999999999999999999999",
        "uid:",
        "uid:04a1b2",
        "uid:04a1b2c3d4",
        "uid:04:a1:b2:c3",
        "uid:0811223344",
        "uid:08112233",
        "text:",
        "text: a",
        "text:a ",
        "text:a\tb",
        "text:\xff",
        "text:a" + longest,
    };
    for (const auto& text : refused) {
        const auto credential = credential_from_text(text);
        ASSERT_FALSE(credential) << text;
        EXPECT_FALSE(credential.error().what.empty() || credential.error().cure.empty()) << text;
    }
}

TEST(IdNumber, HasExactlyOneCheckCharacter) {
    for (const auto* const good : {"999999197001011239", "99999918000101018X", "999999180001020038"}) {
        for (const char last : std::string_view("0123456789Xx")) {
            std::string number = good;
            number.back() = last;
            EXPECT_EQ(fault_of_resident_number(number).empty(), number == good) << last;
        }
    }
}

TEST(IdNumber, ShowsEveryWrongDigitAndEverySwappedPair) {
    const std::string good = "999999197001011239";
    for (std::size_t at = 0; at < 17; ++at) {
        for (char digit = '0'; digit <= '9'; ++digit) {
            auto wrong = good;
            wrong[at] = digit;
            EXPECT_EQ(fault_of_resident_number(wrong).empty(), wrong == good) << at;
        }
        auto swapped = good;
        std::swap(swapped[at], swapped[at + 1]);
        EXPECT_EQ(fault_of_resident_number(swapped).empty(), swapped == good) << at;
    }
}

// ISO 7064 MOD 11-2 by its own definition: the characters, weighted by powers of two, are 1 modulo 11.
std::string with_check_character(std::string first_17) {
    int sum = 0;
    for (const char c : first_17) sum = (sum + (c - '0')) * 2 % 11;
    return first_17 + "0123456789X"[(12 - sum) % 11];
}

TEST(IdNumber, NeedsARegionAndABirthDateThatExist) {
    EXPECT_EQ(with_check_character("99999919700101123"), "999999197001011239");
    EXPECT_TRUE(fault_of_resident_number(with_check_character("11010518000228001")).empty());
    for (const auto* const wrong :
         {"00010518000228001", "16010518000228001", "72010518000228001", "99999818000101001", "11010518000229001",
          "11010518001301001", "11010518000100001", "11010517991231001"}) {
        EXPECT_FALSE(fault_of_resident_number(with_check_character(wrong)).empty()) << wrong;
    }
    EXPECT_TRUE(fault_of_hmt_number(with_check_character("81000018000101001")).empty());
    EXPECT_FALSE(fault_of_hmt_number(with_check_character("81000118000101001")).empty());
}

RC_GTEST_PROP(CredentialText, NeverShowsWhatItRefuses, (std::string tail)) {
    const auto kind = *rc::gen::element<std::string>("id:", "pr:", "hmt:", "uid:", "wiegand26:", "text:", "");
    const auto credential = credential_from_text(kind + "99999919700101" + tail);
    if (credential) return;
    RC_ASSERT(credential.error().what.find("1970") == std::string::npos);
    RC_ASSERT(credential.error().cure.find("1970") == std::string::npos);
}

}  // namespace
}  // namespace yizhan
