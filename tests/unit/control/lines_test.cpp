#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "firmware/control/line_reader.h"
#include "tests/unit/control/bench.h"

namespace yizhan::test {
namespace {

std::string error_text(const json& reply) { return reply["error"].value("what", ""); }

struct BadLine {
    const char* name;
    std::string line;
    const char* says;
};

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

const std::vector<BadLine>& bad_lines() {
    static const std::vector<BadLine> lines{
        {"nothing", "", "not JSON"},
        {"no JSON", "status", "not JSON"},
        {"half an object", R"({"id":1,"do":"status")", "not JSON"},
        {"two objects", R"({"id":1,"do":"status"}{"id":2,"do":"status"})", "not JSON"},
        {"a NUL", std::string("{\"id\":1,\0\"do\":\"status\"}", 23), "not JSON"},
        {"not UTF-8", "{\"id\":1,\"do\":\"\xff\xfe\"}", "not JSON"},
        {"a list", "[1]", "not a JSON object"},
        {"a number", "7", "not a JSON object"},
        {"no id", R"({"do":"status"})", "field id"},
        {"id 0", R"({"id":0,"do":"status"})", "field id"},
        {"id below 0", R"({"id":-1,"do":"status"})", "field id"},
        {"id as text", R"({"id":"1","do":"status"})", "field id"},
        {"a broken id", R"({"id":1.5,"do":"status"})", "field id"},
        {"id 2^53", R"({"id":9007199254740992,"do":"status"})", "field id"},
        {"id beyond everything", R"({"id":1e300,"do":"status"})", "field id"},
        {"no verb", R"({"id":1})", "field do"},
        {"verb of another type", R"({"id":1,"do":7})", "field do"},
        {"opened without end", std::string(60 * 1024, '['), "nested too deep"},
        {"nested deep", nested(30 * 1024), "nested too deep"},
        {"nested deep in an argument", R"({"id":1,"do":"sim","x":)" + nested(30 * 1024) + "}", "nested too deep"},
        {"objects nested deep",
         [] {
             std::string line;
             for (int i = 0; i < 10'000; ++i) line += "{\"a\":";
             return line + "1" + std::string(10'000, '}');
         }(),
         "nested too deep"},
        {"a line too long", R"({"id":1,"do":")" + std::string(64 * 1024, 'x') + "\"}", "longer than 64 KiB"},
    };
    return lines;
}

TEST(ControlLines, WhatIsNoRequestIsAnsweredWithIdZeroAndTheNextLineIsServed) {
    for (const auto& bad : bad_lines()) {
        World world;
        Client client(world, root());
        client.send_text(bad.line + "\n");
        client.send({{"id", 9}, {"do", "info"}});
        world.run();
        const auto replies = client.take_replies();
        ASSERT_EQ(replies.size(), 2u) << bad.name;
        EXPECT_EQ(replies[0]["id"], 0) << bad.name;
        EXPECT_EQ(error_code(replies[0]), "bad-request") << bad.name;
        EXPECT_NE(error_text(replies[0]).find(bad.says), std::string::npos) << bad.name << ": " << replies[0];
        EXPECT_EQ(replies[1]["id"], 9) << bad.name;
        EXPECT_TRUE(replies[1]["ok"].get<bool>()) << bad.name;
    }
}

TEST(ControlLines, AfterEightBadOnesTheClientIsDroppedAndToldWhy) {
    World world;
    Client client(world, root());
    for (int i = 0; i < 7; ++i) client.send_text("nonsense\n");
    world.run(seconds{1});
    EXPECT_EQ(client.take_replies().size(), 7u);
    EXPECT_FALSE(client.closed());
    client.send_text("nonsense\n{\"id\":1,\"do\":\"info\"}\n");
    world.run(seconds{1});
    EXPECT_EQ(client.take_replies().size(), 1u);
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(world.server.clients_dropped(), 1u);
}

TEST(ControlLines, TheIdComesBackUpToTheLargest) {
    World world;
    Client client(world, root());
    for (const std::uint64_t id : {std::uint64_t{1}, (std::uint64_t{1} << 53) - 1}) {
        client.send({{"id", id}, {"do", "info"}});
        world.run();
        const auto replies = client.take_replies();
        ASSERT_EQ(replies.size(), 1u);
        EXPECT_EQ(replies[0]["id"], id);
    }
}

TEST(ControlLines, AnUnknownVerbIsSaidToBeOne) {
    World world;
    Client client(world, root());
    EXPECT_EQ(error_code(client.ask({{"do", "open-sesame"}})), "unknown-verb");
}

TEST(ControlLines, WhoSendsAheadWithoutEndIsDropped) {
    World world;
    Client client(world, root());
    std::string flood;
    for (int i = 0; i < 4000; ++i) flood += "{\"id\":1,\"do\":\"info\"}\n";
    client.send_text(flood);
    world.run(seconds{1});
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(world.server.clients_dropped(), 1u);
}

TEST(ControlLines, ManyRequestsAtOnceAreServedAFewATurn) {
    World world;
    Client client(world, root());
    std::string many;
    for (int i = 1; i <= 100; ++i) many += json{{"id", i}, {"do", "info"}}.dump() + "\n";
    client.send_text(many);
    world.run();
    const auto replies = client.take_replies();
    ASSERT_EQ(replies.size(), 100u);
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(replies[i]["id"], i + 1);
}

RC_GTEST_PROP(LineReader, GivesTheSameLinesInAnySplit, ()) {
    const auto lines = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~')));
    RC_PRE(lines.size() < LineReader::waiting_lines_limit);
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    LineReader reader;
    std::vector<std::string> got;
    for (std::size_t at = 0; at < text.size();) {
        const auto size = *rc::gen::inRange<std::size_t>(1, 20);
        RC_ASSERT(reader.feed(std::string_view(text).substr(at, size)));
        at += size;
    }
    while (const auto line = reader.next()) {
        RC_ASSERT(!line->too_long);
        got.push_back(line->text);
    }
    RC_ASSERT(got == lines);
}

TEST(LineReader, KeepsNothingOfALineThatIsTooLong) {
    LineReader reader;
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(reader.feed(std::string(10'000, 'x')));
    ASSERT_TRUE(reader.feed("\nshort\n"));
    const auto first = reader.next();
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->too_long);
    EXPECT_TRUE(first->text.empty());
    const auto second = reader.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->text, "short");
}

TEST(LineReader, TheLongestLineIs64KiBWithItsNewline) {
    for (const std::size_t size : {control_line_limit - 1, control_line_limit}) {
        LineReader reader;
        ASSERT_TRUE(reader.feed(std::string(size, 'x') + "\n"));
        const auto line = reader.next();
        ASSERT_TRUE(line);
        EXPECT_EQ(line->too_long, size == control_line_limit);
    }
}

TEST(LineReader, RefusesMoreLinesThanMayWait) {
    LineReader reader;
    ASSERT_TRUE(reader.feed(std::string(LineReader::waiting_lines_limit, '\n')));
    EXPECT_FALSE(reader.feed("\n"));
}

}  // namespace
}  // namespace yizhan::test
