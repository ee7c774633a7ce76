#include "firmware/uplink/feed_window.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace yizhan {
namespace {

constexpr Mono sent_at{seconds{1}};

FeedBatch batch(std::uint64_t upto) { return {.epoch = 1, .upto = upto, .payload = std::to_string(upto)}; }

// Sends all that may go out; the newest id.
int fill(FeedWindow& window, int last_id, Mono now) {
    while (window.next() != nullptr) window.sent(++last_id, now);
    return last_id;
}

TEST(FeedWindow, SendsInOrderOneBatchAtFirstAndAtMostEightUnanswered) {
    FeedWindow window(Delivery::broker);
    std::uint64_t added = 0;
    int sent = 0;
    for (int answered = 1; answered <= 40; ++answered) {
        while (!window.full()) window.add(batch(++added));
        while (const auto* next = window.next()) {
            EXPECT_EQ(next->upto, static_cast<std::uint64_t>(sent + 1));
            window.sent(++sent, sent_at);
        }
        EXPECT_EQ(sent - answered + 1, std::min(answered, 8));
        EXPECT_EQ(window.answered(answered, 0, sent_at + FeedWindow::prompt), FeedWindow::Answer::taken);
    }
}

TEST(FeedWindow, AnAnswerThatIsNotPromptNarrowsTheWindowToOneBatch) {
    FeedWindow window(Delivery::broker);
    for (std::uint64_t i = 1; i <= FeedWindow::capacity; ++i) window.add(batch(i));
    int sent = 0;
    for (int answered = 1; answered <= 3; ++answered) {
        sent = fill(window, sent, sent_at);
        EXPECT_EQ(window.answered(answered, 0, sent_at), FeedWindow::Answer::taken);
    }
    sent = fill(window, sent, sent_at);
    EXPECT_EQ(sent, 7);  // 4 of them unanswered
    const Mono late = sent_at + FeedWindow::prompt + milliseconds{1};
    for (int answered = 4; answered <= 7; ++answered) {
        EXPECT_EQ(fill(window, sent, late), sent);
        EXPECT_EQ(window.answered(answered, 0, late), FeedWindow::Answer::taken);
    }
    EXPECT_EQ(fill(window, sent, late), 8);
    EXPECT_EQ(window.answered(8, 0, late), FeedWindow::Answer::taken);
    EXPECT_EQ(fill(window, 8, late), 10);
}

TEST(FeedWindow, AcknowledgesTheContiguousBeginningOnly) {
    FeedWindow window(Delivery::broker);
    for (std::uint64_t i = 1; i <= 3; ++i) {
        window.add(batch(i * 100));
        window.sent(static_cast<int>(i), sent_at);
    }
    EXPECT_EQ(window.answered(2, 0, sent_at), FeedWindow::Answer::taken);
    EXPECT_EQ(window.answered(3, 0, sent_at), FeedWindow::Answer::taken);
    EXPECT_EQ(window.take_acknowledged(), std::nullopt);
    EXPECT_EQ(window.answered(1, 0, sent_at), FeedWindow::Answer::taken);
    EXPECT_EQ(window.take_acknowledged(), (FeedPosition{1, 300}));
    EXPECT_EQ(window.take_acknowledged(), std::nullopt);
    EXPECT_TRUE(window.empty());
}

TEST(FeedWindow, ARefusalHoldsEverythingFromThereBackAndThenProbes) {
    FeedWindow window(Delivery::broker);
    for (std::uint64_t i = 1; i <= 4; ++i) {
        window.add(batch(i));
        window.sent(static_cast<int>(i), sent_at);
    }
    EXPECT_EQ(window.answered(1, 0, sent_at), FeedWindow::Answer::taken);
    EXPECT_EQ(window.answered(3, 0, sent_at), FeedWindow::Answer::taken);
    EXPECT_EQ(window.answered(2, 0x87, sent_at), FeedWindow::Answer::refused);
    EXPECT_TRUE(window.refused());
    EXPECT_EQ(window.next(), nullptr);
    EXPECT_EQ(window.answered(4, 0, sent_at), FeedWindow::Answer::not_ours);  // it is to be sent again
    EXPECT_EQ(window.take_acknowledged(), (FeedPosition{1, 1}));
    window.retry();
    ASSERT_NE(window.next(), nullptr);
    EXPECT_EQ(window.next()->upto, 2u);
    window.sent(5, sent_at);
    EXPECT_EQ(window.next(), nullptr);  // one at a time
    EXPECT_EQ(window.answered(5, 0, sent_at), FeedWindow::Answer::taken);
    EXPECT_FALSE(window.refused());
    ASSERT_NE(window.next(), nullptr);
    EXPECT_EQ(window.next()->upto, 3u);
}

TEST(FeedWindow, WhatNobodyListensToIsRefusedUnlessACollectorHasTheWord) {
    for (const auto delivery : {Delivery::broker, Delivery::collector}) {
        FeedWindow window(delivery);
        window.add(batch(1));
        window.sent(1, sent_at);
        const bool refused = delivery == Delivery::broker;
        EXPECT_EQ(window.answered(1, 0x10, sent_at), refused ? FeedWindow::Answer::refused : FeedWindow::Answer::taken);
        EXPECT_EQ(window.unheard(), refused);
        EXPECT_EQ(window.refused(), refused);
        EXPECT_EQ(window.take_acknowledged(), std::nullopt);
    }
}

TEST(FeedWindow, AnswersToNothingOfItsOwnAreNothing) {
    FeedWindow window(Delivery::broker);
    EXPECT_EQ(window.answered(0, 0, sent_at), FeedWindow::Answer::not_ours);
    window.add(batch(1));
    EXPECT_EQ(window.answered(0, 0, sent_at), FeedWindow::Answer::not_ours);
    window.sent(4, sent_at);
    window.clear();
    EXPECT_EQ(window.answered(4, 0, sent_at), FeedWindow::Answer::not_ours);
    EXPECT_EQ(window.take_acknowledged(), std::nullopt);
}

// Whatever answers come in whatever order: what is acknowledged was taken by the broker, with all before it.
RC_GTEST_PROP(FeedWindow, NeverAcknowledgesWhatTheBrokerHasNotTaken, ()) {
    FeedWindow window(Delivery::broker);
    std::set<std::uint64_t> taken;
    std::vector<std::pair<int, std::uint64_t>> out;
    std::uint64_t added = 0;
    std::uint64_t acknowledged = 0;
    int id = 0;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000));
    for (const int step : steps) {
        if (step % 4 == 0 && !window.full()) window.add(batch(++added));
        if (step % 4 == 1) {
            if (const auto* next = window.next()) {
                out.emplace_back(++id, next->upto);
                window.sent(id, sent_at);
            }
        }
        if (step % 4 == 2 && !out.empty()) {
            const auto which = out.begin() + (step / 4) % static_cast<int>(out.size());
            const bool refuse = step % 3 == 0;
            // A broker takes a message whatever has become of it here.
            if (!refuse) taken.insert(which->second);
            window.answered(which->first, refuse ? (step % 9 == 0 ? 0x10 : 0x87) : 0, sent_at + milliseconds{step});
            out.erase(which);
        }
        if (step % 4 == 3) window.retry();
        if (const auto position = window.take_acknowledged()) {
            RC_ASSERT(position->upto > acknowledged);
            acknowledged = position->upto;
            for (std::uint64_t i = 1; i <= acknowledged; ++i) RC_ASSERT(taken.contains(i));
        }
    }
}

FeedBatch tens(std::uint64_t upto) { return {.epoch = 1, .first = upto - 9, .upto = upto, .payload = {}}; }

FeedWindow window_of_tens_to_a_collector() {
    FeedWindow window(Delivery::collector);
    for (std::uint64_t i = 1; i <= FeedWindow::capacity; ++i) window.add(tens(i * 10));
    return window;
}

TEST(FeedWindow, TowardsACollectorTheBrokersAnswerAcknowledgesNothing) {
    auto window = window_of_tens_to_a_collector();
    window.sent(1, sent_at);
    EXPECT_EQ(window.next(), nullptr);
    EXPECT_EQ(window.answered(1, 0, sent_at), FeedWindow::Answer::taken);
    EXPECT_EQ(window.take_acknowledged(), std::nullopt);
    EXPECT_EQ(window.next(), nullptr);
    EXPECT_TRUE(window.waits_for_centre());
}

TEST(FeedWindow, TheCentreMayAcknowledgeAnyRecordThatIsOut) {
    auto window = window_of_tens_to_a_collector();
    EXPECT_FALSE(window.delivered({1, 0}));
    window.sent(1, sent_at);
    for (std::uint64_t upto = 1; upto <= 10; ++upto) {
        EXPECT_TRUE(window.delivered({1, upto})) << upto;
        EXPECT_FALSE(window.delivered({1, upto})) << upto;
        EXPECT_EQ(window.take_acknowledged(), (FeedPosition{1, upto}));
        EXPECT_EQ(window.waits_for_centre(), upto < 10);
    }
    EXPECT_FALSE(window.delivered({1, 11}));
    window.sent(2, sent_at);
    EXPECT_FALSE(window.delivered({2, 20}));
    EXPECT_TRUE(window.delivered({1, 1000}));
    EXPECT_EQ(window.take_acknowledged(), (FeedPosition{1, 20}));
}

TEST(FeedWindow, ARefusalHoldsBackTowardsACollectorToo) {
    auto window = window_of_tens_to_a_collector();
    window.sent(1, sent_at);
    EXPECT_EQ(window.answered(1, 0x87, sent_at), FeedWindow::Answer::refused);
    EXPECT_EQ(window.next(), nullptr);
    EXPECT_FALSE(window.waits_for_centre());
    window.retry();
    ASSERT_NE(window.next(), nullptr);
    EXPECT_EQ(window.next()->upto, 10u);
}

}  // namespace
}  // namespace yizhan
