#include "hal/outcome.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace yizhan {
namespace {

TEST(Outcomes, HaveCodesThatAreDistinctAndLeadBack) {
    std::set<std::string_view> codes;
    for (const auto& text : outcomes()) {
        EXPECT_TRUE(codes.insert(text.code).second) << text.code;
        EXPECT_EQ(text.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << text.code;
        EXPECT_EQ(outcome_from_code(text.code), text.outcome);
        EXPECT_EQ(text_of(text.outcome).code, text.code);
    }
    EXPECT_EQ(codes.size(), outcome_count);
    EXPECT_EQ(outcome_from_code("no-such-code"), std::nullopt);
    EXPECT_EQ(outcome_from_code(""), std::nullopt);
}

TEST(Outcomes, SayAndShowSomethingInBothLanguages) {
    for (const auto& text : outcomes()) {
        const bool silent = text.outcome == Outcome::none;
        EXPECT_EQ(text.zh.empty(), silent) << text.code;
        EXPECT_EQ(text.en.empty(), silent) << text.code;
        const bool of_the_centre = text.outcome >= Outcome::command_not_signed;
        EXPECT_EQ(is_spoken(text), !silent && !of_the_centre) << text.code;
    }
}

TEST(Outcomes, ShowYesOnlyForAYes) {
    for (const auto& text : outcomes()) {
        const bool yes = text.outcome >= Outcome::welcome && text.outcome <= Outcome::outlet_chosen;
        EXPECT_EQ(text.cue == Cue::yes || text.cue == Cue::yes_slow, yes) << text.code;
    }
}

}  // namespace
}  // namespace yizhan
