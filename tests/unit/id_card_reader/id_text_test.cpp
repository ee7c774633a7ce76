#include "drivers/id_card_reader/id_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>

#include "drivers/simulated/sam_reader_card.h"
#include "tests/unit/id_card_reader/frames.h"

namespace yizhan {
namespace {

using simulated::resident_card;
using simulated::SimulatedCard;

std::expected<IdText, Outcome> parse(const SimulatedCard& card) {
    const auto block = card.text();
    return parse_id_text(block);
}
bool damaged(const SimulatedCard& card) {
    const auto text = parse(card);
    return !text && text.error() == Outcome::card_damaged;
}
bool number_is(const IdText& text, CredentialKind kind, std::string_view number) {
    return text.credential == Credential(kind, number);
}

TEST(IdText, ReadsTheResidentBlock) {
    const Bytes block = resident_text();
    ASSERT_EQ(block.size(), id_text_size);
    const auto text = parse_id_text(std::span(block).first<id_text_size>());
    ASSERT_TRUE(text);
    EXPECT_TRUE(number_is(*text, CredentialKind::resident_id, "999999197001011239"));
    EXPECT_EQ(text->validity, (DayRange{7305, no_last_day}));
}

TEST(IdText, ReadsTheOtherLayouts) {
    const auto old_foreigner = parse(simulated::foreigner_card_2017());
    ASSERT_TRUE(old_foreigner);
    EXPECT_TRUE(number_is(*old_foreigner, CredentialKind::foreigner_pr, "ZZZ000000000000"));
    const auto new_foreigner = parse(simulated::foreigner_card_2023());
    ASSERT_TRUE(new_foreigner);
    EXPECT_TRUE(number_is(*new_foreigner, CredentialKind::foreigner_pr, "999840180003070008"));
    const auto permit = parse(simulated::residence_permit());
    ASSERT_TRUE(permit);
    EXPECT_TRUE(number_is(*permit, CredentialKind::hmt_permit, "830000180001010020"));
}

TEST(IdText, TheCheckCharacterIsTheOnlyOneOfElevenThatPasses) {
    const std::string_view characters = "0123456789X";
    for (unsigned sequence = 0; sequence < 1000; ++sequence) {
        const std::string good = simulated::synthetic_number("19841231", sequence);
        for (const char last : characters) {
            std::string number = good;
            number.back() = last;
            ASSERT_EQ(id_number_adds_up(number), number == good) << sequence;
        }
    }
    // The example of the standard, and one well known.
    EXPECT_TRUE(id_number_adds_up("11010519491231002X"));
    EXPECT_TRUE(id_number_adds_up("440524188001010014"));
}

TEST(IdText, ALowerCaseXIsTheSameNumber) {
    for (unsigned sequence = 1; sequence < 100; ++sequence) {
        SimulatedCard card = resident_card("19700101", sequence);
        if (card.number.back() != u'X') continue;
        card.number.back() = u'x';
        const auto text = parse(card);
        ASSERT_TRUE(text);
        EXPECT_TRUE(number_is(*text, CredentialKind::resident_id, simulated::synthetic_number("19700101", sequence)));
        return;
    }
    FAIL() << "no number with X among them";
}

TEST(IdText, EveryChangedDigitOfTheNumberIsNoticed) {
    for (const SimulatedCard& good :
         {SimulatedCard{}, simulated::residence_permit(), simulated::foreigner_card_2023()}) {
        ASSERT_TRUE(parse(good));
        for (std::size_t i = 0; i < good.number.size(); ++i) {
            for (char16_t digit = u'0'; digit <= u'9'; ++digit) {
                if (good.number[i] == digit) continue;
                SimulatedCard card = good;
                card.number[i] = digit;
                EXPECT_TRUE(damaged(card)) << i;
            }
        }
    }
}

TEST(IdText, NumbersOfTheWrongShapeAreDamaged) {
    for (const char16_t* number : {u"", u"9", u"99999919700101123", u"９９９９９９１９７００１０１１２３９",
                                   u"99999919700101 123", u"99999919700101123\x0001",
                                   u"99999919700101\xE000"
                                   u"123"}) {
        SimulatedCard card;
        card.number = number;
        EXPECT_TRUE(damaged(card));
    }
    for (const char16_t* number : {u"", u"ZZZ00000000000", u"ZZZ0000 0000000", u"ZZZ00000000000\x9F"}) {
        SimulatedCard card = simulated::foreigner_card_2017();
        card.number = number;
        EXPECT_TRUE(damaged(card));
    }
}

TEST(IdText, BirthAndSexMustAgreeWithTheNumber) {
    SimulatedCard card;
    card.birth = u"19700102";
    EXPECT_TRUE(damaged(card));
    card = SimulatedCard{};
    for (const auto& [sex, good] : {std::pair{u"1", true},
                                    {u"2", false},
                                    {u"0", true},
                                    {u"9", true},
                                    {u"3", false},
                                    {u" ", false},
                                    {u"\xE001", false}}) {
        card.sex = sex;
        EXPECT_EQ(parse(card).has_value(), good);
    }
    card = simulated::residence_permit();
    card.sex = u"1";
    EXPECT_TRUE(damaged(card));
    // A foreigner's number of 2023 is not known to tell the sex.
    for (const char16_t* sex : {u"1", u"2"}) {
        card = simulated::foreigner_card_2023();
        card.sex = sex;
        EXPECT_TRUE(parse(card));
    }
}

TEST(IdText, OnlyDaysThatExistPass) {
    const auto with_end = [](std::u16string end) {
        SimulatedCard card;
        card.valid_to = std::move(end);
        return parse(card);
    };
    EXPECT_TRUE(with_end(u"20240229"));
    EXPECT_TRUE(with_end(u"20200101"));  // one day only
    for (const char16_t* end : {u"20230229", u"20241301", u"20240001", u"20240100", u"20240132", u"2024010",
                                u"2024 101", u"", u"长 期", u"期长", u"20191231", u"长期长期"}) {
        EXPECT_FALSE(with_end(end));
    }
    SimulatedCard card;
    card.valid_from = u"长期";
    EXPECT_TRUE(damaged(card));
    card = simulated::foreigner_card_2017();
    card.birth = u"19900230";
    EXPECT_TRUE(damaged(card));
}

TEST(IdText, DaysOutsideTheCalendarAreClamped) {
    const auto range = [](const char16_t* from, const char16_t* to) {
        SimulatedCard card;
        card.valid_from = from;
        card.valid_to = to;
        return parse(card).value().validity;
    };
    EXPECT_EQ(range(u"19991231", u"19991231"), (DayRange{0, 0}));
    EXPECT_EQ(range(u"18000101", u"20000101"), (DayRange{0, 0}));
    EXPECT_EQ(range(u"20000101", u"20000102"), (DayRange{0, 1}));
    EXPECT_EQ(range(u"20200101", u"99991231"), (DayRange{7305, no_last_day - 1}));
    EXPECT_EQ(range(u"99990101", u"长期"), (DayRange{no_last_day - 1, no_last_day}));
}

TEST(IdText, WhatIsNotReadCannotMakeACardFail) {
    SimulatedCard card;
    const auto good = parse(card);
    ASSERT_TRUE(good);
    for (const std::u16string& text :
         {std::u16string(), std::u16string(u"\xE000\xF8FF"), std::u16string(u"\U00020000\U0002A700"),
          std::u16string(1, u'\xD800'), std::u16string(15, u'\0'), std::u16string(u"\x0007\x009F"),
          std::u16string(100, u'长')}) {
        card.name = text;
        card.nation = text.substr(0, 2);
        card.authority = text;
        card.address = text;
        const auto parsed = parse(card);
        ASSERT_TRUE(parsed);
        EXPECT_TRUE(parsed->credential == good->credential);
    }
}

TEST(IdText, ZerosInsteadOfBlanksArePaddingToo) {
    SimulatedCard card = simulated::foreigner_card_2017();
    card.valid_to = std::u16string(u"长期") + std::u16string(6, u'\0');
    EXPECT_TRUE(parse(card));
    SimulatedCard resident;
    resident.kind = u'\0';
    EXPECT_TRUE(parse(resident));
}

TEST(IdText, OnlyTheKnownKindsOfCardPass) {
    for (unsigned unit = 0; unit <= 0xFFFF; ++unit) {
        SimulatedCard card;
        card.kind = static_cast<char16_t>(unit);
        // The card is laid out as its kind has it; one that is not known, as a resident's.
        const bool fits = unit == 0 || unit == u' ' || unit == u'I' || unit == u'J' || unit == u'Y';
        ASSERT_EQ(parse(card).has_value(), fits) << unit;
    }
}

TEST(IdText, AddingUpSurvivesAnyNumberText) {
    EXPECT_FALSE(id_number_adds_up(""));
    EXPECT_FALSE(id_number_adds_up("X99999197001011239"));
    EXPECT_FALSE(id_number_adds_up("9999991970010112391"));
}

RC_GTEST_PROP(IdTextProperty, AnyBlockIsReadOrDamaged, ()) {
    // A good block with some bytes changed: closer to passing than noise.
    auto block = SimulatedCard{}.text();
    const int changes = *rc::gen::inRange(0, 6);
    for (int i = 0; i < changes; ++i) {
        block[*rc::gen::inRange<std::size_t>(0, block.size())] = static_cast<std::byte>(*rc::gen::inRange(0, 256));
    }
    const auto text = parse_id_text(block);
    RC_ASSERT(text || text.error() == Outcome::card_damaged);
    if (text) RC_ASSERT(text->validity.from <= text->validity.to);
}

RC_GTEST_PROP(IdTextProperty, EverySyntheticResidentIsRead, ()) {
    const auto day = std::chrono::sys_days{std::chrono::days{*rc::gen::inRange(-62091, 20000)}};
    const std::chrono::year_month_day date{day};
    const int number = static_cast<int>(date.year()) * 10000 + static_cast<int>(unsigned{date.month()}) * 100 +
                       static_cast<int>(unsigned{date.day()});
    const auto sequence = *rc::gen::inRange(0U, 1000U);
    const auto text = parse(resident_card(std::to_string(number), sequence));
    RC_ASSERT(text.has_value());
    RC_ASSERT(
        number_is(*text, CredentialKind::resident_id, simulated::synthetic_number(std::to_string(number), sequence)));
}

}  // namespace
}  // namespace yizhan
