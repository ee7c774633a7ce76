// What one event did, in one line: for tables of every state × every event.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "tests/unit/station/bench.h"

namespace yizhan::testing {

inline std::string described(const Record& record) {
    std::string text(name_of(record.type));
    const auto more = [&](std::string_view what) { text.append(" ").append(what); };
    if (record.outcome != Outcome::none) more(text_of(record.outcome).code);
    if (record.cause != OpenCause::none) more(name_of(record.cause));
    if (record.off_reason != OffReason::none) more(name_of(record.off_reason));
    if (record.alarm != AlarmKind::none) more(name_of(record.alarm));
    if (record.type == RecordType::mode_changed) more(name_of(record.mode));
    return text;
}

// The records of what happens in `during`, in their order.
inline std::string records_of(Bench& bench, void (*during)(Bench&)) {
    const std::size_t before = bench.records.size();
    during(bench);
    std::string text;
    for (std::size_t i = before; i < bench.records.size(); ++i) {
        text += (text.empty() ? "" : ", ") + described(bench.records[i]);
    }
    return text.empty() ? "-" : text;
}

// A way into a state, and something that happens in it.
struct Step {
    const char* name;
    void (*take)(Bench&);
};

// In every state each event must do what the table says: a row per state, in it a text per event, as `describe` tells
// what the event's records and the bench after it come to.
inline void expect_table(const std::vector<Step>& states, const std::vector<Step>& events,
                         const std::vector<std::vector<std::string>>& table,
                         std::string (*describe)(const std::string& records, const Bench&)) {
    ASSERT_EQ(table.size(), states.size());
    for (std::size_t i = 0; i < states.size(); ++i) {
        ASSERT_EQ(table[i].size(), events.size()) << states[i].name;
        for (std::size_t j = 0; j < events.size(); ++j) {
            Bench bench;
            states[i].take(bench);
            const std::string records = records_of(bench, events[j].take);
            EXPECT_EQ(describe(records, bench), table[i][j]) << states[i].name << " × " << events[j].name;
        }
    }
    std::printf("sample: %zu states x %zu events, all there are\n", states.size(), events.size());
}

}  // namespace yizhan::testing
