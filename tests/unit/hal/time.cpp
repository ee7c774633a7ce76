#include "hal/time.h"

#include <gtest/gtest.h>

namespace yizhan {
namespace {

constexpr minutes china{8 * 60};
constexpr Wall day_zero_in_china{hours{24 * day_zero} - china};

TEST(DayOf, ChangesAtTheStationsOwnMidnight) {
    EXPECT_EQ(day_of(day_zero_in_china, china), 0);
    EXPECT_EQ(day_of(day_zero_in_china + hours{24} - milliseconds{1}, china), 0);
    EXPECT_EQ(day_of(day_zero_in_china + hours{24}, china), 1);
    EXPECT_EQ(day_of(day_zero_in_china + hours{24}, minutes{0}), 0);
}

TEST(DayOf, KnowsAPublishedDate) {
    using namespace std::chrono_literals;
    const auto date = std::chrono::sys_days{2026y / 3 / 2};
    const Wall noon{date.time_since_epoch() + 12h};
    EXPECT_EQ(day_of(noon, china), (date - std::chrono::sys_days{2000y / 1 / 1}).count());
}

TEST(DayOf, StopsAtTheFirstAndTheLastDayAClockMayShow) {
    EXPECT_EQ(day_of(Wall{}, china), first_day);
    EXPECT_EQ(day_of(day_zero_in_china - milliseconds{1}, china), first_day);
    // A broken clock in the far future is not "for ever".
    EXPECT_EQ(day_of(Wall{hours{24} * 400'000}, china), no_last_day - 1);
    EXPECT_EQ(day_of(day_zero_in_china + hours{24} * 65'535, china), no_last_day - 1);
}

}  // namespace
}  // namespace yizhan
