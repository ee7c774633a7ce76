#include "firmware/uplink/retained_documents.h"

#include <gtest/gtest.h>

namespace yizhan {
namespace {

using Answer = RetainedDocuments::Answer;

std::string next_of(RetainedDocuments& documents) {
    const auto next = documents.next();
    return next ? next->topic + "=" + next->payload : "";
}

TEST(RetainedDocuments, SendsTheDifferenceAndNothingElse) {
    RetainedDocuments documents;
    documents.want("a", "1");
    documents.want("b", "2");
    EXPECT_EQ(next_of(documents), "a=1");
    documents.sent(1);
    EXPECT_EQ(next_of(documents), "b=2");
    documents.sent(2);
    EXPECT_EQ(next_of(documents), "");
    EXPECT_FALSE(documents.settled());
    EXPECT_EQ(documents.answered(1, 0), Answer::taken);
    EXPECT_EQ(documents.answered(2, 0), Answer::taken);
    EXPECT_TRUE(documents.settled());
    documents.want("a", "1");
    EXPECT_EQ(next_of(documents), "");
}

TEST(RetainedDocuments, TheNewestWinsWhileAnOlderOneIsUnderWay) {
    RetainedDocuments documents;
    documents.want("a", "1");
    static_cast<void>(documents.next());
    documents.sent(1);
    documents.want("a", "2");
    documents.want("a", "3");
    EXPECT_EQ(next_of(documents), "");
    EXPECT_EQ(documents.answered(1, 0), Answer::taken);
    EXPECT_EQ(next_of(documents), "a=3");
}

TEST(RetainedDocuments, ClearsWhatIsFoundAndNotWanted) {
    RetainedDocuments documents;
    documents.want("alarm/fire", "burning");
    documents.found("alarm/fire");
    documents.found("alarm/old");
    EXPECT_EQ(next_of(documents), "alarm/fire=burning");
    documents.sent(1);
    EXPECT_EQ(next_of(documents), "alarm/old=");
    documents.sent(2);
    documents.answered(1, 0);
    documents.answered(2, 0);
    EXPECT_TRUE(documents.settled());
    documents.want_only("alarm/", {});
    EXPECT_EQ(next_of(documents), "alarm/fire=");
}

TEST(RetainedDocuments, WhatIsRefusedWaitsAndStaysNamedUntilItIsTaken) {
    RetainedDocuments documents;
    documents.want("a", "1");
    static_cast<void>(documents.next());
    documents.sent(1);
    EXPECT_EQ(documents.answered(1, 0x87), Answer::refused);
    EXPECT_EQ(documents.first_refused(), "a");
    documents.want("a", "2");
    EXPECT_EQ(next_of(documents), "");
    documents.retry();
    EXPECT_EQ(documents.first_refused(), "a");
    EXPECT_EQ(next_of(documents), "a=2");
    documents.sent(2);
    EXPECT_EQ(documents.answered(2, 0), Answer::taken);
    EXPECT_EQ(documents.first_refused(), "");
}

TEST(RetainedDocuments, AnotherConnectionIsToldEverythingAgain) {
    RetainedDocuments documents;
    documents.want("a", "1");
    static_cast<void>(documents.next());
    documents.sent(1);
    documents.answered(1, 0);
    documents.start_over();
    EXPECT_EQ(next_of(documents), "a=1");
    documents.sent(2);
    documents.start_over();
    EXPECT_EQ(documents.answered(2, 0), Answer::not_ours);
    EXPECT_EQ(next_of(documents), "a=1");
    documents.forget("a");
    EXPECT_EQ(next_of(documents), "");
}

TEST(RetainedDocuments, WhatAHostileBrokerHasIsBounded) {
    RetainedDocuments documents;
    for (int i = 0; i < 10000; ++i) documents.found("alarm/" + std::to_string(i));
    for (int i = 0; i < 200; ++i) documents.want("own/" + std::to_string(i), "x");
    int sent = 0;
    for (int id = 1; documents.next(); ++id) {
        documents.sent(id);
        documents.answered(id, 0);
        ++sent;
    }
    EXPECT_EQ(sent, 256 + 200);
    EXPECT_TRUE(documents.settled());
}

}  // namespace
}  // namespace yizhan
