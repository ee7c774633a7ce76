#include "hal/fixed_vector.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace yizhan {
namespace {

using Small = FixedVector<int, 4>;

TEST(FixedVector, IsFullAtItsBoundAndTakesNoMore) {
    Small numbers;
    EXPECT_TRUE(numbers.empty());
    for (int i = 0; i < 4; ++i) {
        EXPECT_FALSE(numbers.full());
        numbers.push_back(i);
    }
    EXPECT_TRUE(numbers.full());
    EXPECT_DEATH(numbers.push_back(4), "check failed");
}

TEST(FixedVector, ChecksItsIndexAndWhatItErases) {
    Small numbers;
    numbers.push_back(7);
    EXPECT_EQ(numbers[0], 7);
    EXPECT_DEATH(static_cast<void>(numbers[1]), "check failed");
    EXPECT_DEATH(numbers.erase(numbers.end()), "check failed");
}

TEST(FixedVector, LetsGoOfWhatItDropped) {
    FixedVector<std::shared_ptr<int>, 2> held;
    auto first = std::make_shared<int>(1);
    auto second = std::make_shared<int>(2);
    held.push_back(first);
    held.push_back(second);
    held.erase(held.begin());
    EXPECT_EQ(first.use_count(), 1);
    held.clear();
    EXPECT_EQ(second.use_count(), 1);
}

RC_GTEST_PROP(FixedVector, DoesWhatAVectorDoes, ()) {
    Small fixed;
    std::vector<int> model;
    for (const int command : *rc::gen::container<std::vector<int>>(rc::gen::inRange(-4, 100))) {
        if (command >= 0) {
            if (fixed.full()) continue;
            fixed.push_back(command);
            model.push_back(command);
        } else if (static_cast<std::size_t>(-command) <= model.size()) {
            fixed.erase(fixed.begin() + (-command - 1));
            model.erase(model.begin() + (-command - 1));
        }
        RC_ASSERT(std::equal(fixed.begin(), fixed.end(), model.begin(), model.end()));
    }
}

}  // namespace
}  // namespace yizhan
