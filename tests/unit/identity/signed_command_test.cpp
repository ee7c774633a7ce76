// What the centre signs: which bytes, whose, and that nothing else is taken for it.
#include "firmware/identity/signed_command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "tests/support/centre_keys.h"

namespace yizhan::testing {
namespace {

using nlohmann::json;

SignerSet two_signers() {
    SignerSet set{.version = 3, .expires = Wall(hours{500'000})};
    set.signers.push_back({.number = 1, .key = key_of(1).public_key(), .roles = {true, false, false}});
    set.signers.push_back({.number = 2, .key = key_of(2).public_key(), .roles = {false, true, true}});
    return set;
}

SignedCommand unlock() {
    return {.mandate = {.signer = 1, .sequence = 7, .not_before = Wall(hours{1}), .expires = Wall(hours{2})},
            .station = "st-1",
            .id = "c-17",
            .verb = "door",
            .arguments = R"({"action":"unlock","door":"front"})"};
}

Outcome refusal_of(const std::string& payload) {
    const auto opened = open_command(payload, two_signers(), "st-1");
    return opened ? Outcome::none : opened.error().why;
}

TEST(CanonicalJson, IsOneTextForOneMeaning) {
    for (const char* good : {R"({})", R"({"a":1,"b":{"c":["x",true,null]}})", R"({"a":"驿站"})", R"({"a":"\n\"\\"})"}) {
        const auto read = read_canonical(good, 100);
        ASSERT_TRUE(read) << good;
        EXPECT_EQ(to_canonical(*read), good);
    }
    for (const char* other :
         {R"({ "a":1})", R"({"a":1} )", R"({"b":1,"a":1})", R"({"a":1,"a":1})", R"({"a":1,"a":2})", R"({"a":1.0})",
          R"({"a":1e3})", R"({"a":-1})", R"({"a":9007199254740992})", R"({"a":"\u0041"})", R"({"a":"\/"})", R"([1])",
          R"("a")", R"(1)", "", "{", "{\"a\":\"\xff\"}", R"({"a":01})"}) {
        EXPECT_FALSE(read_canonical(other, 100)) << other;
    }
    EXPECT_FALSE(read_canonical(R"({"a":1})", 6)) << "too long";
    const auto nested = [](std::size_t depth) {
        return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    EXPECT_TRUE(read_canonical(nested(7), 100));
    EXPECT_FALSE(read_canonical(nested(8), 100));
    EXPECT_FALSE(read_canonical(nested(4000), 10'000));
}

TEST(SignedCommand, ComesBackAsItWasSigned) {
    const auto opened = open_command(signed_text(1, 1, text_of(unlock())), two_signers(), "st-1");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->mandate, unlock().mandate);
    EXPECT_EQ(opened->verb, "door");
    EXPECT_EQ(opened->id, "c-17");
    EXPECT_EQ(opened->arguments, unlock().arguments);
}

TEST(SignedCommand, HasBytesThatAnotherProgramCanMake) {
    EXPECT_EQ(text_of(unlock()),
              R"({"arguments":{"action":"unlock","door":"front"},"expires":7200000,"id":"c-17","not_before":3600000,)"
              R"("sequence":7,"signer":1,"station":"st-1","verb":"door"})");
    EXPECT_EQ(bytes_to_sign("command", "{}"), "yizhan command v1\n{}");
}

TEST(SignedCommand, IsRefusedForWhatIsWrongWithIt) {
    const auto text = text_of(unlock());
    EXPECT_EQ(refusal_of(signed_text(1, 1, text)), Outcome::none);
    EXPECT_EQ(refusal_of(signed_text(2, 1, text)), Outcome::signature_wrong);
    EXPECT_EQ(refusal_of(signed_text(1, 2, text)), Outcome::signature_wrong);
    EXPECT_EQ(refusal_of(signed_text(1, 3, text)), Outcome::signer_unknown);
    EXPECT_EQ(refusal_of(signed_document(text, 1, signature_of(1, bytes_to_sign("key set", text)))),
              Outcome::signature_wrong)
        << "signed for something else";
    EXPECT_EQ(refusal_of(signed_text(1, 1, text + " ")), Outcome::command_malformed);
    EXPECT_EQ(refusal_of(text), Outcome::command_not_signed);
    EXPECT_EQ(refusal_of(std::string(signed_command_limit + 1, ' ')), Outcome::command_too_long);
    for (const char* payload : {"", "{}", "[]", "17", "\xff\xfe", R"({"command":"{}","signature":"","signer":1})",
                                R"({"command":{},"signature":"00","signer":1})"}) {
        EXPECT_EQ(refusal_of(payload), Outcome::command_not_signed) << payload;
    }
    EXPECT_EQ(refusal_of(std::string(8000, '[')), Outcome::command_not_signed);

    auto elsewhere = unlock();
    elsewhere.station = "st-2";
    EXPECT_EQ(refusal_of(signed_text(1, 1, text_of(elsewhere))), Outcome::command_for_another_station);
    auto long_lived = unlock();
    long_lived.mandate.expires = long_lived.mandate.not_before + longest_mandate;
    EXPECT_EQ(refusal_of(signed_text(1, 1, text_of(long_lived))), Outcome::none);
    long_lived.mandate.expires += milliseconds{1};
    EXPECT_EQ(refusal_of(signed_text(1, 1, text_of(long_lived))), Outcome::command_lives_too_long);
}

TEST(SignedCommand, MissesNothingAndHasNothingMore) {
    const json whole = json::parse(text_of(unlock()));
    for (const auto& [name, value] : whole.items()) {
        json without = whole;
        without.erase(name);
        EXPECT_EQ(refusal_of(signed_text(1, 1, to_canonical(without))), Outcome::command_malformed) << name;
        for (const json& other :
             {json(nullptr), json(true), json(0), json(""), json::array(), json(std::string(65, 'x'))}) {
            if (name == "verb" || name == "station" || name == "arguments" || value.type() == other.type()) continue;
            json changed = whole;
            changed[name] = other;
            if (other == 0 && name != "sequence") continue;
            EXPECT_EQ(refusal_of(signed_text(1, 1, to_canonical(changed))), Outcome::command_malformed)
                << name << other;
        }
    }
    json more = whole;
    more["priority"] = 1;
    EXPECT_EQ(refusal_of(signed_text(1, 1, to_canonical(more))), Outcome::command_malformed);
}

TEST(SignedCommand, OfAKeyThatHasGotAnotherNumberDoesNotCountForThat) {
    SignerSet renumbered = two_signers();
    renumbered.signers[1] = {.number = 5, .key = key_of(1).public_key(), .roles = {true, true, true}};
    const auto opened = open_command(signed_text(1, 5, text_of(unlock())), renumbered, "st-1");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().why, Outcome::command_malformed);
}

TEST(SignedCommand, IsAnotherOneWithEachBitThatIsChanged) {
    const auto payload = signed_text(1, 1, text_of(unlock()));
    for (std::size_t i = 0; i < payload.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            auto changed = payload;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            const auto opened = open_command(changed, two_signers(), "st-1");
            if (!opened) continue;
            // Hex digits are the same in upper case; whatever else is taken would be a forgery.
            std::ranges::transform(changed, changed.begin(), [](char c) { return c >= 'A' && c <= 'F' ? c + 32 : c; });
            EXPECT_EQ(changed, payload) << "byte " << i << ", bit " << bit;
        }
    }
}

TEST(SignedCommand, IsRefusedHoweverItIsCutOff) {
    const auto payload = signed_text(1, 1, text_of(unlock()));
    for (std::size_t size = 0; size < payload.size(); ++size) {
        EXPECT_NE(refusal_of(payload.substr(0, size)), Outcome::none) << size;
    }
}

// Key sets

RootKeys roots_of(std::initializer_list<std::uint8_t> numbers, std::size_t needed = 1) {
    RootKeys roots{.needed = needed};
    for (const std::uint8_t number : numbers) roots.keys.push_back(key_of(number).public_key());
    return roots;
}

TEST(SignerSet, IsReadAsItWasWrittenOnceEnoughRootsHaveSigned) {
    const auto read = read_signer_set(signed_set(two_signers(), {9}), roots_of({9}));
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read, two_signers());
    EXPECT_TRUE(read->find(2)->may(SignerRole::list));
    EXPECT_FALSE(read->find(2)->may(SignerRole::operate));
    EXPECT_EQ(read->find(3), nullptr);
}

TEST(SignerSet, CountsEachRootOnceAndOnlyItsOwn) {
    const auto taken = [](std::initializer_list<std::uint8_t> by, std::size_t needed) {
        return read_signer_set(signed_set(two_signers(), by), roots_of({8, 9}, needed)).has_value();
    };
    EXPECT_TRUE(taken({8, 9}, 2));
    EXPECT_TRUE(taken({7, 9}, 1)) << "a signature of somebody else does no harm";
    EXPECT_FALSE(taken({9}, 2));
    EXPECT_FALSE(taken({9, 9}, 2)) << "one root cannot sign for two";
    EXPECT_FALSE(taken({7}, 1));
    EXPECT_FALSE(taken({}, 1));
    EXPECT_FALSE(taken({1}, 1)) << "a signer is no root";
}

TEST(SignerSet, IsRefusedWhereARootHasSignedAnotherText) {
    auto document = json::parse(signed_set(two_signers(), {9}));
    auto other = two_signers();
    other.signers[0].key = key_of(66).public_key();
    document["keys"] = text_of(other);
    EXPECT_FALSE(read_signer_set(document.dump(), roots_of({9})));
}

TEST(SignerSet, HasOneFormToo) {
    const auto is_taken = [](const std::string& text) {
        SignerDocument document{.text = text};
        document.signatures.push_back({key_of(9).public_key(), signature_of(9, bytes_to_sign("key set", text))});
        return read_signer_set(to_text(document), roots_of({9})).has_value();
    };
    const auto with = [](const auto& change) {
        json set = json::parse(text_of(two_signers()));
        change(set);
        return to_canonical(set);
    };
    EXPECT_TRUE(is_taken(text_of(two_signers())));
    EXPECT_FALSE(is_taken(text_of(two_signers()) + " "));
    EXPECT_FALSE(is_taken(with([](json& set) { set["version"] = 0; })));
    EXPECT_FALSE(is_taken(with([](json& set) { set["more"] = 1; })));
    EXPECT_FALSE(is_taken(with([](json& set) { std::swap(set["keys"][0], set["keys"][1]); })));
    EXPECT_FALSE(is_taken(with([](json& set) { set["keys"][1]["number"] = 1; }))) << "two keys of one number";
    EXPECT_FALSE(is_taken(with([](json& set) { set["keys"][0]["number"] = 0; })));
    EXPECT_FALSE(is_taken(with([](json& set) { set["keys"][0]["roles"] = json::array(); })));
    EXPECT_FALSE(is_taken(with([](json& set) { set["keys"][0]["roles"] = {"root"}; })));
    EXPECT_FALSE(is_taken(with([](json& set) { set["keys"][1]["roles"] = {"list", "configure"}; })));
    EXPECT_FALSE(is_taken(with([](json& set) { set["keys"][0]["key"] = "00"; })));
    EXPECT_FALSE(is_taken(with([](json& set) { set["keys"][0]["key"] = set["keys"][1]["key"]; })))
        << "a key of two numbers";
    EXPECT_FALSE(is_taken(with([](json& set) { set["keys"][0]["roles"] = {1}; })));
    EXPECT_FALSE(is_taken(with([](json& set) {
        const json one = set["keys"][1];
        for (int i = 3; i < 20; ++i) {
            set["keys"].push_back(one);
            set["keys"].back()["number"] = i;
        }
    }))) << "more than there may be";
}

TEST(SignerSet, FollowsOnlyWithAHigherVersionAndNoNumberGivenAgain) {
    const SignerSet now = two_signers();
    SignerSet next = two_signers();
    EXPECT_FALSE(may_follow(now, next)) << "the same once more";
    next.version = 2;
    EXPECT_FALSE(may_follow(now, next)) << "an old one brought back";
    next.version = 4;
    EXPECT_TRUE(may_follow(now, next));
    next.signers[0].key = key_of(5).public_key();
    EXPECT_FALSE(may_follow(now, next)) << "number 1 is of another key";
    next.signers[0].number = 5;
    EXPECT_TRUE(may_follow(now, next));
    EXPECT_TRUE(may_follow(SignerSet{}, now)) << "the first";
}

}  // namespace
}  // namespace yizhan::testing
