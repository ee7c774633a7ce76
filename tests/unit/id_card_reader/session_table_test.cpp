// Every state of the session × everything that can happen to it.
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "tests/unit/id_card_reader/bench.h"
#include "tests/unit/id_card_reader/frames.h"

namespace yizhan {
namespace {

using namespace std::chrono_literals;

// The driver at one end of the cable, the test at the other.
class Script {
 public:
    Script() { reader_.start(reports, now()); }

    Now now() const { return {.mono = mono_, .wall = Wall{}, .wall_trusted = false}; }
    void attach() { port_.attach(now()); }
    void detach() { port_.detach("test", now()); }
    void deliver(const Bytes& bytes) {
        if (port_.attached()) port_.deliver(bytes, now());
    }
    void to_deadline() {
        if (reader_.next_deadline() == never) return;
        mono_ = std::max(mono_, reader_.next_deadline());
        reader_.advance(now());
    }
    // Lets time pass until the driver asks something: "find@200", where 200 ms have passed.
    std::string next_request() {
        const Mono from = mono_;
        for (int i = 0; i < 100; ++i) {
            if (const auto request = port_.take_request()) return name_of(*request) + "@" + since(from);
            if (port_.take_reset()) return "port-reset@" + since(from);
            if (reader_.next_deadline() == never) return "nothing";
            to_deadline();
        }
        return "never";
    }
    // Asks and answers in turn; the asked must be as expected.
    void exchange(std::string_view request, const Bytes& reply) {
        const std::string asked = next_request();
        ASSERT_EQ(asked.substr(0, asked.find('@')), request);
        deliver(reply);
    }
    Reports reports;

 private:
    std::string since(Mono from) const {
        return std::to_string(std::chrono::duration_cast<milliseconds>(mono_ - from).count());
    }
    static std::string name_of(const Bytes& request) {
        static const std::map<Bytes, std::string> names{{from_hex("AA AA AA 96 69 00 03 10 FF EC"), "reset"},
                                                        {from_hex("AA AA AA 96 69 00 03 12 FF EE"), "id"},
                                                        {from_hex("AA AA AA 96 69 00 03 20 01 22"), "find"},
                                                        {from_hex("AA AA AA 96 69 00 03 20 02 21"), "select"},
                                                        {from_hex("AA AA AA 96 69 00 03 30 01 32"), "read"},
                                                        {from_hex("AA AA AA 96 69 00 03 30 03 30"), "address"}};
        const auto found = names.find(request);
        return found == names.end() ? "unknown" : found->second;
    }

    Mono mono_{10s};
    simulated::BytePort port_;
    IdCardReader reader_{port_, 200ms};
};

const Bytes id_reply = from_hex("AA AA AA 96 69 00 14 00 00 90 05 00 03 00 D5 AF 34 01 B1 CB 74 00 D2 02 96 49 CC");
const Bytes found_reply = from_hex("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97");
const Bytes selected_reply = from_hex("AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C");

// --- the states, each as the way into it; a request that is out has been taken

void to_idle(Script& script) {
    script.attach();
    script.exchange("id", id_reply);
}
void to_read_card(Script& script) {
    to_idle(script);
    script.exchange("find", found_reply);
    script.exchange("select", selected_reply);
    script.exchange("read", resident_reply());
}
void to_refused_card(Script& script) {
    to_idle(script);
    script.exchange("find", found_reply);
    script.exchange("select", reply_of(0x40));
    script.exchange("find", found_reply);
    script.exchange("select", reply_of(0x40));
}
void take(Script& script, std::string_view request) {
    const std::string asked = script.next_request();
    ASSERT_EQ(asked.substr(0, asked.find('@')), request);
}

struct StateRow {
    const char* name;
    void (*enter)(Script&);
};
const std::vector<StateRow> states{
    {"detached", [](Script&) {}},
    {"booting", [](Script& s) { s.attach(), take(s, "id"); }},
    {"resting", to_idle},
    {"finding", [](Script& s) { to_idle(s), take(s, "find"); }},
    {"selecting", [](Script& s) { to_idle(s), s.exchange("find", found_reply), take(s, "select"); }},
    {"reading",
     [](Script& s) {
         to_idle(s), s.exchange("find", found_reply), s.exchange("select", selected_reply), take(s, "read");
     }},
    {"resting with a read card", to_read_card},
    {"asking whether a read card is there", [](Script& s) { to_read_card(s), take(s, "address"); }},
    {"finding after a read card",
     [](Script& s) { to_read_card(s), s.exchange("address", reply_of(0x41)), take(s, "find"); }},
    {"finding a refused card", [](Script& s) { to_refused_card(s), take(s, "find"); }},
    {"draining", [](Script& s) { to_idle(s), take(s, "find"), s.to_deadline(); }},
    {"resetting the SAM", [](Script& s) { to_idle(s), take(s, "find"), s.to_deadline(), take(s, "reset"); }},
    {"reopening the port",
     [](Script& s) { to_idle(s), take(s, "find"), take(s, "reset"), take(s, "reset"), take(s, "port-reset"); }},
    {"failed", [](Script& s) { to_idle(s), s.exchange("find", reply_of(0x66)); }},
};

// --- what happens

struct Event {
    const char* name;
    void (*happen)(Script&);
};
const std::vector<Event> events{
    {"id", [](Script& s) { s.deliver(id_reply); }},
    {"9F", [](Script& s) { s.deliver(found_reply); }},
    {"80", [](Script& s) { s.deliver(reply_of(0x80)); }},
    {"selected", [](Script& s) { s.deliver(selected_reply); }},
    {"card", [](Script& s) { s.deliver(resident_reply()); }},
    {"90", [](Script& s) { s.deliver(reply_of(0x90)); }},
    {"91", [](Script& s) { s.deliver(reply_of(0x91)); }},
    {"10", [](Script& s) { s.deliver(reply_of(0x10)); }},
    {"21", [](Script& s) { s.deliver(reply_of(0x21)); }},
    {"33", [](Script& s) { s.deliver(reply_of(0x33)); }},
    {"40", [](Script& s) { s.deliver(reply_of(0x40)); }},
    {"41", [](Script& s) { s.deliver(reply_of(0x41)); }},
    {"66", [](Script& s) { s.deliver(reply_of(0x66)); }},
    {"garbage", [](Script& s) { s.deliver(from_hex("AA AA AA 96 69 FF FF 00 12")); }},
    {"deadline", [](Script& s) { s.to_deadline(); }},
    {"detach", [](Script& s) { s.detach(); }},
    {"attach", [](Script& s) { s.attach(); }},
};

// What follows: everything reported until the next request, that request, and how many ms passed until it went out.
std::string outcome_of(const StateRow& state, const Event& event) {
    Script script;
    state.enter(script);
    script.reports.all.clear();
    event.happen(script);
    const std::string asked = script.next_request();
    const std::string reports = script.reports.take();
    return (reports.empty() ? "" : reports + ", ") + asked;
}

// In the order of `states`; in each, in the order of `events`.
const std::vector<std::vector<std::string>> expected{
    // detached
    {
        "nothing", "nothing", "nothing", "nothing", "nothing",  // id, 9F, 80, selected, card
        "nothing", "nothing", "nothing", "nothing",  // 90, 91, 10, 21
        "nothing", "nothing", "nothing", "nothing",  // 33, 40, 41, 66
        "nothing", "nothing", "nothing", "starting, id@0",  // garbage, deadline, detach, attach
    },
    // booting
    {
        "online, find@20", "id@270", "id@270", "id@270", "id@270",  // id, 9F, 80, selected, card
        "id@270", "id@270", "id@20", "online, find@20",  // 90, 91, 10, 21
        "id@270", "id@270", "id@270", "failed, id@5000",  // 33, 40, 41, 66
        "id@270", "id@20", "offline, nothing", "id@0",  // garbage, deadline, detach, attach
    },
    // resting
    {
        "find@20", "find@20", "find@20", "find@20", "find@20",  // id, 9F, 80, selected, card
        "find@20", "find@20", "find@20", "find@20",  // 90, 91, 10, 21
        "find@20", "find@20", "find@20", "find@20",  // 33, 40, 41, 66
        "find@20", "find@0", "offline, nothing", "starting, id@0",  // garbage, deadline, detach, attach
    },
    // finding
    {
        "reset@1050", "select@0", "find@200", "reset@1050", "reset@1050",  // id, 9F, 80, selected, card
        "reset@1050", "reset@1050", "reset@50", "reset@50",  // 90, 91, 10, 21
        "reset@1050", "find@20", "reset@0", "failed, find@5000",  // 33, 40, 41, 66
        "reset@1050", "reset@50", "offline, nothing", "starting, id@0",  // garbage, deadline, detach, attach
    },
    // selecting
    {
        "reset@1550", "reset@1550", "reset@1550", "read@0", "reset@1550",  // id, 9F, 80, selected, card
        "reset@1550", "reset@1550", "reset@50", "find@20",  // 90, 91, 10, 21
        "find@20", "find@20", "reset@0", "failed, find@5000",  // 33, 40, 41, 66
        "reset@1550", "reset@50", "offline, nothing", "starting, id@0",  // garbage, deadline, detach, attach
    },
    // reading
    {
        "reset@3050", "reset@3050", "reset@3050", "reset@3050", "card, address@200",  // id, 9F, 80, selected, card
        "reset@3050", "reset@3050", "reset@50", "find@20",  // 90, 91, 10, 21
        "find@20", "find@20", "reset@0", "failed, find@5000",  // 33, 40, 41, 66
        "reset@3050", "reset@50", "offline, nothing", "starting, id@0",  // garbage, deadline, detach, attach
    },
    // resting with a read card
    {
        "address@200", "address@200", "address@200", "address@200", "address@200",  // id, 9F, 80, selected, card
        "address@200", "address@200", "address@200", "address@200",  // 90, 91, 10, 21
        "address@200", "address@200", "address@200", "address@200",  // 33, 40, 41, 66
        "address@200", "address@0", "offline, nothing", "starting, id@0",  // garbage, deadline, detach, attach
    },
    // asking whether a read card is there
    {
        "reset@1550", "reset@1550", "find@200", "reset@1550", "reset@1550",  // id, 9F, 80, selected, card
        "reset@1550", "address@200", "reset@50", "address@200",  // 90, 91, 10, 21
        "reset@50", "find@200", "find@200", "failed, address@5000",  // 33, 40, 41, 66
        "reset@1550", "reset@50", "offline, nothing", "starting, id@0",  // garbage, deadline, detach, attach
    },
    // finding after a read card
    {
        "reset@1050", "select@0", "find@200", "reset@1050", "reset@1050",  // id, 9F, 80, selected, card
        "reset@1050", "reset@1050", "reset@50", "reset@50",  // 90, 91, 10, 21
        "reset@1050", "find@20", "reset@0", "failed, find@5000",  // 33, 40, 41, 66
        "reset@1050", "reset@50", "offline, nothing", "starting, id@0",  // garbage, deadline, detach, attach
    },
    // finding a refused card
    {
        "reset@1050", "find@200", "find@200", "reset@1050", "reset@1050",  // id, 9F, 80, selected, card
        "reset@1050", "reset@1050", "reset@50", "reset@50",  // 90, 91, 10, 21
        "reset@1050", "find@200", "find@200", "failed, find@5000",  // 33, 40, 41, 66
        "reset@1050", "reset@50", "removed offline, nothing",
        "removed starting, id@0",  // garbage, deadline, detach, attach
    },
    // draining
    {
        "reset@50", "reset@50", "reset@50", "reset@50", "reset@50",  // id, 9F, 80, selected, card
        "reset@50", "reset@50", "reset@50", "reset@50",  // 90, 91, 10, 21
        "reset@50", "reset@50", "reset@50", "reset@50",  // 33, 40, 41, 66
        "reset@50", "reset@0", "offline, nothing", "starting, id@0",  // garbage, deadline, detach, attach
    },
    // resetting the SAM
    {
        "reset@1550", "reset@1550", "reset@1550", "reset@1550", "reset@1550",  // id, 9F, 80, selected, card
        "id@0", "reset@1550", "reset@50", "id@0",  // 90, 91, 10, 21
        "reset@1550", "reset@1550", "reset@1550", "failed, find@5000",  // 33, 40, 41, 66
        "reset@1550", "reset@50", "offline, nothing", "starting, id@0",  // garbage, deadline, detach, attach
    },
    // reopening the port
    {
        "id@5000", "id@5000", "id@5000", "id@5000", "id@5000",  // id, 9F, 80, selected, card
        "id@5000", "id@5000", "id@5000", "id@5000",  // 90, 91, 10, 21
        "id@5000", "id@5000", "id@5000", "id@5000",  // 33, 40, 41, 66
        "id@5000", "id@0", "offline, nothing", "id@0",  // garbage, deadline, detach, attach
    },
    // failed
    {
        "find@5000", "find@5000", "find@5000", "find@5000", "find@5000",  // id, 9F, 80, selected, card
        "find@5000", "find@5000", "find@5000", "find@5000",  // 90, 91, 10, 21
        "find@5000", "find@5000", "find@5000", "find@5000",  // 33, 40, 41, 66
        "find@5000", "find@0", "offline, nothing", "starting, id@0",  // garbage, deadline, detach, attach
    },
};

TEST(IdCardSession, GoesOnAsTheTableSaysFromEveryStateAfterEveryEvent) {
    ASSERT_EQ(expected.size(), states.size());
    for (std::size_t i = 0; i < states.size(); ++i) {
        ASSERT_EQ(expected[i].size(), events.size()) << states[i].name;
        for (std::size_t j = 0; j < events.size(); ++j) {
            EXPECT_EQ(outcome_of(states[i], events[j]), expected[i][j]) << states[i].name << " x " << events[j].name;
        }
    }
}

// What the table cannot say: after whatever happened, a reader that then behaves reads the next card.
TEST(IdCardSession, ReadsACardAgainFromEveryStateAfterEveryEvent) {
    for (const StateRow& state : states) {
        for (const Event& event : events) {
            Script script;
            state.enter(script);
            event.happen(script);
            script.attach();
            script.reports.all.clear();
            script.exchange("id", id_reply);
            // A card read before the attach is perhaps still asked for.
            std::string asked = script.next_request();
            if (asked.starts_with("address")) {
                script.deliver(reply_of(0x41));
                asked = script.next_request();
            }
            ASSERT_TRUE(asked.starts_with("find")) << state.name << " x " << event.name;
            for (int i = 0; i < 5; ++i) script.deliver(reply_of(0x80)), asked = script.next_request();
            script.deliver(found_reply);
            script.exchange("select", selected_reply);
            script.exchange("read", resident_reply());
            EXPECT_TRUE(script.reports.words().ends_with("card")) << state.name << " x " << event.name;
        }
    }
}

}  // namespace
}  // namespace yizhan
