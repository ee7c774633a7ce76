#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "firmware/identity/hex.h"
#include "firmware/identity/signed_command.h"
#include "tests/unit/stationctl/running_station.h"

namespace yizhan::test {
namespace {

void raise_alarm(RunningStation& station) {
    station.with([](FakeStation& its) {
        State state;
        Alarm alarm;
        alarm.kind = AlarmKind::door_held_open;
        alarm.door = DoorIndex{0};
        alarm.since = stamp_at(seconds{0});
        state.alarms.push_back(alarm);
        its.become(state);
    });
}

std::size_t lines_of(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

TEST(Stationctl, StatusOfAWellStationIsZero) {
    RunningStation station;
    const auto ran = stationctl(at(station, {"status"}));
    EXPECT_EQ(ran.exit, 0) << ran.out << ran.err;
    EXPECT_NE(ran.out.find("All is well."), std::string::npos);
}

TEST(Stationctl, StatusOfADegradedStationIsFiveAndSaysWhyFirst) {
    RunningStation station;
    raise_alarm(station);
    const auto ran = stationctl(at(station, {"status"}));
    EXPECT_EQ(ran.exit, 5);
    EXPECT_LT(ran.out.find("door front: stands open too long"), ran.out.find("inside"));
    EXPECT_NE(ran.out.find("-> close it"), std::string::npos);
    const auto as_json = stationctl(at(station, {"--json", "status"}));
    EXPECT_EQ(as_json.exit, 5);
    EXPECT_FALSE(json::parse(as_json.out)["ok"].get<bool>());
    EXPECT_NE(stationctl(at(station, {"alarms"})).out.find("door-held-open"), std::string::npos);
}

TEST(Stationctl, TellsInBothLanguagesWhatPeopleAreTold) {
    EXPECT_NE(stationctl({"--lang", "en", "outcomes"}).out.find("Please use an ID card."), std::string::npos);
    EXPECT_NE(stationctl({"--lang", "zh", "outcomes"}).out.find("请刷身份证。"), std::string::npos);
    const auto as_json = json::parse(stationctl({"--json", "outcomes"}).out);
    ASSERT_EQ(as_json["outcomes"].size(), outcome_count - 1);  // all but "none"
    EXPECT_EQ(as_json["outcomes"][0]["code"], "welcome");
}

TEST(Stationctl, NoStationIsThree) {
    const TemporaryFolder folder;
    const auto ran = stationctl({"--socket", folder.file("nobody-here"), "status"});
    EXPECT_EQ(ran.exit, 3);
    EXPECT_EQ(ran.err.find("stationctl: "), 0u);
    EXPECT_NE(ran.err.find("\n  check that it runs"), std::string::npos);
    const auto as_json = stationctl({"--socket", folder.file("nobody-here"), "--json", "status"});
    EXPECT_EQ(as_json.exit, 3);
    EXPECT_EQ(json::parse(as_json.out)["error"]["code"], "unreachable");
}

TEST(Stationctl, WhatCannotBeMeantIsTwo) {
    const std::vector<std::vector<std::string>> wrong{
        {},
        {"dance"},
        {"door"},
        {"door", "front"},
        {"door", "front", "kick"},
        {"door", "front", "hold", "--seconds", "5"},
        {"door", "front", "unlock", "--seconds", "0"},
        {"mode", "party"},
        {"occupancy", "many"},
        {"reader", "front-in", "enrol"},
        {"members", "build", "in.csv", "out.list"},
        {"log", "--format", "xml"},
        {"sim", "moon", "x", "rise"},
        {"sim", "door", "front", "plug"},
        {"status", "--lang", "fr"},
    };
    for (const auto& arguments : wrong) {
        const auto ran = stationctl(arguments);
        EXPECT_EQ(ran.exit, 2) << (arguments.empty() ? "nothing" : arguments.back());
        EXPECT_EQ(ran.err.find("stationctl: "), 0u);
    }
}

TEST(Stationctl, HelpIsZero) { EXPECT_EQ(stationctl({"--help"}).exit, 0); }

TEST(Stationctl, WhoMayNotIsFour) {
    RunningStation station(/*anybody=*/false);
    const bool root = ::getuid() == 0;
    for (const char* verb : {"status", "alarms", "watch"}) {
        const auto ran = stationctl(at(station, {verb}), root);
        EXPECT_EQ(ran.exit, 4) << verb << ran.out;
    }
    EXPECT_EQ(stationctl(at(station, {"door", "front", "unlock"}), root).exit, 4);
    station.with([](FakeStation& its) { EXPECT_TRUE(its.commands.empty()); });
}

TEST(Stationctl, CommandsReachTheStation) {
    RunningStation station;
    EXPECT_EQ(stationctl(at(station, {"door", "front", "unlock", "--seconds", "7"})).out, "Door front: unlocked.\n");
    EXPECT_EQ(stationctl(at(station, {"door", "back", "hold"})).exit, 0);
    EXPECT_EQ(stationctl(at(station, {"outlet", "a", "on"})).exit, 0);
    EXPECT_EQ(stationctl(at(station, {"mode", "free-access", "--minutes", "5"})).exit, 0);
    EXPECT_EQ(stationctl(at(station, {"occupancy", "3"})).exit, 0);
    const auto as_json = stationctl(at(station, {"--json", "door", "back", "lock"}));
    EXPECT_EQ(json::parse(as_json.out), (json{{"ok", true}}));
    const auto sim = stationctl(at(station, {"--json", "sim", "door", "front", "push"}));
    EXPECT_EQ(json::parse(sim.out)["pushed"], "front");
    station.with([](FakeStation& its) {
        ASSERT_EQ(its.commands.size(), 6u);
        EXPECT_EQ(std::get<UnlockDoor>(its.commands[0].what).release, seconds{7});
        EXPECT_EQ(std::get<SetMode>(its.commands[3].what).mode, Mode::free_access);
    });
}

TEST(Stationctl, RefusalsAndUnknownNamesAreOne) {
    RunningStation station;
    const auto unknown = stationctl(at(station, {"door", "side", "lock"}));
    EXPECT_EQ(unknown.exit, 1);
    EXPECT_NE(unknown.err.find("known: front, back"), std::string::npos);
    station.with([](FakeStation& its) { its.refusal = Outcome::lockdown; });
    const auto refused = stationctl(at(station, {"--json", "door", "front", "unlock"}));
    EXPECT_EQ(refused.exit, 1);
    EXPECT_EQ(json::parse(refused.out)["error"]["outcome"], "lockdown");
}

TEST(Stationctl, TheLogIsReadPageByPageToItsEnd) {
    RunningStation station;
    station.with([](FakeStation& its) { its.store(1000); });
    const auto all = stationctl(at(station, {"log", "--from", "2000-01-01", "--format", "csv"}));
    EXPECT_EQ(all.exit, 0) << all.err;
    EXPECT_EQ(lines_of(all.out), 1001u);
    const auto newest = stationctl(at(station, {"--json", "log", "--limit", "450"}));
    ASSERT_EQ(lines_of(newest.out), 450u);
    EXPECT_EQ(json::parse(newest.out.substr(0, newest.out.find('\n')))["seq"], 551);
    const auto usual = stationctl(at(station, {"log"}));
    EXPECT_EQ(lines_of(usual.out), 51u);
    EXPECT_NE(usual.out.find("Welcome, please come in."), std::string::npos);
    const auto chinese = stationctl(at(station, {"log", "--limit", "1", "--lang", "zh"}));
    EXPECT_NE(chinese.out.find("欢迎"), std::string::npos) << chinese.err;
    EXPECT_EQ(stationctl(at(station, {"log", "--from", "tomorrow"})).exit, 2);
    station.with(
        [](FakeStation& its) { its.check = LogCheck{.first = 1, .last = 41, .hash = {}, .keys = {}, .flaw = {}}; });
    const auto verified = stationctl(at(station, {"log", "verify"}));
    EXPECT_EQ(verified.exit, 0);
    EXPECT_NE(verified.out.find("are as they were stored"), std::string::npos);
    EXPECT_EQ(stationctl(at(station, {"log", "verify", "--checkpoint", "9"})).exit, 2);
    EXPECT_EQ(stationctl(at(station, {"log", "verify", "--checkpoint", "9:ff"})).exit, 2);
    station.with([](FakeStation& its) {
        its.check = LogCheck{.first = 1, .last = 41, .hash = {}, .keys = {}, .flaw = LogFlaw{42, "it is missing"}};
    });
    const auto flawed = stationctl(at(station, {"log", "verify"}));
    EXPECT_EQ(flawed.exit, 5);
    EXPECT_NE(flawed.out.find("Record 42: it is missing"), std::string::npos);
    EXPECT_EQ(stationctl(at(station, {"log", "--type", "nonsense"})).exit, 2);
}

TEST(Stationctl, AReaderThatLeavesIsNoError) {
    RunningStation station;
    station.with([](FakeStation& its) { its.store(2000); });
    const auto command = std::string("set -o pipefail; ") + STATIONCTL + " --socket " + station.socket() +
                         " log --from 2000-01-01 | head -n 1 > /dev/null";
    const int status = std::system(("bash -c '" + command + "'").c_str());
    EXPECT_EQ(status, 0);
}

TEST(Stationctl, AListIsHandedOverAsAnOpenFile) {
    RunningStation station;
    const TemporaryFolder folder;
    const auto ran = stationctl(at(station, {"members", "load", folder.write("list", "a list")}));
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_EQ(ran.out, "Version 8 with 5 members is in force.\n");
    station.with([](FakeStation& its) { EXPECT_EQ(its.lists, std::vector<std::string>{"a list"}); });
    const auto bad = stationctl(at(station, {"members", "load", folder.write("bad", "bad")}));
    EXPECT_EQ(bad.exit, 1);
    EXPECT_NE(bad.err.find("build it again"), std::string::npos);
}

TEST(Stationctl, EnrolmentAppendsCardsUntilItIsInterrupted) {
    RunningStation station;
    const TemporaryFolder folder;
    const auto sheet = folder.write("cards.csv", "note,credential,groups\n");
    Program program(at(station, {"reader", "front-in", "enrol", "--out", sheet}), false);
    const auto commands = [&] {
        std::size_t count = 0;
        station.with([&](FakeStation& its) { count = its.commands.size(); });
        return count;
    };
    while (commands() < 1) ::usleep(2000);
    for (int i = 0; i < 2; ++i) {  // the same card twice: noted once
        station.with([](FakeStation& its) {
            its.server->on_enrolled({.reader = ReaderIndex{0},
                                     .request = 1,
                                     .credential = secret_credential(),
                                     .kind = CredentialKind::resident_id});
        });
    }
    const auto row = ",digest:" + to_text(secret_credential()) + ",\n";
    while (TemporaryFolder::read(sheet).find(row) == std::string::npos) ::usleep(2000);
    while (commands() < 2) {
        program.interrupt();
        ::usleep(20'000);
    }
    const auto ran = program.wait();
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_EQ(TemporaryFolder::read(sheet), "note,credential,groups\n" + row);
    EXPECT_EQ(ran.out.find("abab"), std::string::npos);  // not on the screen
    station.with([](FakeStation& its) { EXPECT_TRUE(std::holds_alternative<EndEnrolment>(its.commands[1].what)); });
}

TEST(Stationctl, AKeyIsForItsOwnerOnlyAndNeverOverwritten) {
    const TemporaryFolder folder;
    const auto secret = folder.write("secret", std::string(64, '5') + "\n");
    const auto key = folder.file("key");
    const std::vector<std::string> derive{"key",      "derive", "--station", "test-station",
                                          "--secret", secret,   "--out",     key};
    const auto ran = stationctl(derive);
    EXPECT_EQ(ran.exit, 0) << ran.err;
    struct stat about{};
    ASSERT_EQ(::stat(key.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777u, 0400u);
    const auto text = TemporaryFolder::read(key);
    EXPECT_EQ(text.size(), 65u);
    EXPECT_EQ(ran.out.find(text.substr(0, 16)), std::string::npos);
    EXPECT_EQ(stationctl(derive).exit, 1);
    EXPECT_EQ(TemporaryFolder::read(key), text);
}

// As README.md has it, from the first key to the command that a station takes.
TEST(Stationctl, MakesKeysAndKeySetsAndSignsCommandsThatAStationTakes) {
    const TemporaryFolder folder;
    const auto root = folder.file("root.key");
    const auto desk = folder.file("desk.key");
    const auto set = folder.file("signers.json");
    ASSERT_EQ(stationctl({"key", "generate", "--out", root}).exit, 0);
    ASSERT_EQ(stationctl({"key", "generate", "--out", desk}).exit, 0);
    const auto public_key = [](const std::string& file) {
        return json::parse(stationctl({"--json", "key", "public", file}).out).at("public_key").get<std::string>();
    };
    EXPECT_NE(public_key(root), public_key(desk));
    const auto signer = "7:" + public_key(desk) + ":operate,list";
    const auto built =
        stationctl({"signers", "build", set, "--version", "3", "--expires", "2999-12-31", "--signer", signer});
    ASSERT_EQ(built.exit, 0) << built.err;
    RootKeys roots;
    ASSERT_TRUE(from_hex(public_key(root), roots.keys.emplace_back()));
    const auto read = [&] {
        const auto text = TemporaryFolder::read(set);
        return read_signer_set(std::string_view(text).substr(0, text.size() - 1), roots);
    };
    EXPECT_FALSE(read()) << "nobody has signed it";
    for (int i = 0; i < 2; ++i) EXPECT_EQ(stationctl({"signers", "sign", set, "--key", root}).exit, 0);
    const auto signers = read();
    ASSERT_TRUE(signers) << signers.error().what;
    EXPECT_EQ(signers->version, 3u);
    ASSERT_NE(signers->find(7), nullptr);
    EXPECT_TRUE(signers->find(7)->may(SignerRole::list));
    EXPECT_FALSE(signers->find(7)->may(SignerRole::configure));
    EXPECT_EQ(json::parse(stationctl({"--json", "signers", "show", set}).out).at("signatures"), 1) << "once is once";

    const auto made = stationctl({"sign", "door", "door=front", "action=unlock", "seconds=9", "--key", desk, "--signer",
                                  "7", "--station", "test-station"});
    ASSERT_EQ(made.exit, 0) << made.err;
    const auto opened =
        open_command(std::string_view(made.out).substr(0, made.out.size() - 1), *signers, "test-station");
    ASSERT_TRUE(opened) << text_of(opened.error().why).code;
    EXPECT_EQ(opened->verb, "door");
    EXPECT_EQ(opened->arguments, R"({"action":"unlock","door":"front","seconds":9})");
    EXPECT_EQ(opened->mandate.expires - opened->mandate.not_before, seconds{90});

    RunningStation station;
    station.with([&](FakeStation& its) { its.signer_set = *signers; });
    const auto file = folder.write("command", made.out);
    const auto sent = stationctl(at(station, {"send", file}));
    EXPECT_EQ(sent.exit, 0) << sent.err;
    station.with([](FakeStation& its) {
        ASSERT_EQ(its.commands.size(), 1u);
        EXPECT_EQ(its.commands[0].actor, (Actor{ActorRole::centre, 7}));
    });
    EXPECT_EQ(stationctl(at(station, {"signers", "load", set})).exit, 0);
    station.with([](FakeStation& its) { EXPECT_EQ(its.signer_documents.size(), 1u); });
}

TEST(Stationctl, SaysWhatIsWrongWithASignerOrAnArgument) {
    const TemporaryFolder folder;
    const auto desk = folder.file("desk.key");
    ASSERT_EQ(stationctl({"key", "generate", "--out", desk}).exit, 0);
    const std::string key(64, '1');
    const auto build = [&](const std::string& signer, const std::string& expires = "2999-12-31") {
        return stationctl(
            {"signers", "build", folder.file("set"), "--version", "1", "--expires", expires, "--signer", signer});
    };
    for (const std::string& signer : {std::string("1"), "0:" + key + ":operate", "x:" + key + ":operate",
                                      std::string("1:22:operate"), "1:" + key + ":", "1:" + key + ":root"}) {
        const auto ran = build(signer);
        EXPECT_EQ(ran.exit, 2) << signer;
        EXPECT_NE(ran.err.find("NUMBER:PUBLIC_KEY:ROLE"), std::string::npos) << ran.err;
    }
    EXPECT_EQ(build("1:" + key + ":operate", "2001-01-01").exit, 2);
    EXPECT_EQ(stationctl({"sign", "door", "front", "--key", desk, "--signer", "1", "--station", "a"}).exit, 2);
    const auto open_to_all = folder.write("open.key", key + "\n", 0640);
    EXPECT_NE(stationctl({"key", "public", open_to_all}).err.find("chmod 600"), std::string::npos);
}

TEST(Stationctl, ASecretThatOthersMayReadIsNotUsed) {
    const TemporaryFolder folder;
    const auto secret = folder.write("secret", std::string(64, '5'), 0640);
    const auto ran =
        stationctl({"key", "derive", "--station", "test-station", "--secret", secret, "--out", folder.file("key")});
    EXPECT_EQ(ran.exit, 1);
    EXPECT_NE(ran.err.find("chmod 600"), std::string::npos);
}

TEST(Stationctl, ListsAreBuiltAndChecked) {
    const TemporaryFolder folder;
    const auto secret = folder.write("secret", std::string(64, '5'));
    const auto csv = folder.write("members.csv", "credential,groups\nwiegand26:1-2,couriers\nwiegand26:1-3,\n");
    const auto list = folder.file("list");
    const auto built = stationctl(
        {"--json", "members", "build", "--station", "test-station", "--secret", secret, "--version", "4", csv, list});
    ASSERT_EQ(built.exit, 0) << built.err << built.out;
    EXPECT_EQ(json::parse(built.out)["members"], 2);
    EXPECT_NE(stationctl({"members", "check", list}).out.find("2 members for test-station, version 4"),
              std::string::npos);
    EXPECT_EQ(stationctl({"members", "check", list, "--station", "other"}).exit, 1);
    const auto bad = folder.write("bad.csv", "credential\nnonsense\nwiegand26:1-2\nnonsense\n");
    const auto ran = stationctl({"members", "build", "--station", "test-station", "--secret", secret, bad, list});
    EXPECT_EQ(ran.exit, 1);
    EXPECT_NE(ran.err.find("bad.csv:2"), std::string::npos);
    EXPECT_NE(ran.err.find("bad.csv:4"), std::string::npos);
}

TEST(Stationctl, EveryErrorOfASettingsFileIsListed) {
    const TemporaryFolder folder;
    const auto ran = stationctl({"config", "check", folder.write("station.toml", "[station]\nid = 7\nnonsense = 1\n")});
    EXPECT_EQ(ran.exit, 1);
    EXPECT_GE(lines_of(ran.err), 4u);
    EXPECT_NE(ran.err.find("station.toml:2"), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find("station.toml:3"), std::string::npos) << ran.err;
}

TEST(Stationctl, SettingsInForceAreShown) {
    RunningStation station;
    EXPECT_EQ(json::parse(stationctl(at(station, {"config", "show"})).out)["station"]["id"], "test-station");
}

}  // namespace
}  // namespace yizhan::test
