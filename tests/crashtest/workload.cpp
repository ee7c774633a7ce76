#include "tests/crashtest/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "drivers/simulated/files.h"
#include "firmware/storage/log_check.h"
#include "firmware/storage/open_log.h"
#include "tests/unit/storage/sample_station.h"

namespace yizhan::crashtest {
namespace {

constexpr const char* path = "/log/access.db";
constexpr std::uint32_t epoch = 0xC0FFEE;
constexpr KeyBytes key{1, 2, 3};
constexpr int most_failures = 4;

std::uint64_t mixed(std::uint64_t seed, std::uint64_t n) {
    std::uint64_t x = seed * 0x9E37'79B9'7F4A'7C15ULL + n * 0xBF58'476D'1CE4'E5B9ULL;
    x ^= x >> 31;
    x *= 0x94D0'49BB'1331'11EBULL;
    return x ^ (x >> 29);
}

// The n-th record is the same whenever it is asked for: what is found can be compared with what it was.
Record record_of(std::uint64_t seed, std::uint64_t seq) {
    const auto draw = mixed(seed, seq);
    Record record = sample_record(seq, static_cast<RecordType>(draw % record_type_count));
    record.door = static_cast<DoorIndex>(draw / 64 % 2);
    record.visit = draw / 128 % 5;
    record.value = static_cast<std::int64_t>(draw / 1024 % 3) - 1;
    record.credential = draw % 3 == 0 ? CredentialId{} : sample_credential(static_cast<std::uint8_t>(draw % 7));
    return record;
}

State state_after(std::uint64_t seed, std::uint64_t seq) {
    State state;
    for (std::uint64_t n = 1; n <= seq; ++n) apply(state, record_of(seed, n));
    return state;
}

std::vector<Record> records_of(std::uint64_t seed, std::uint64_t after, std::uint64_t count) {
    std::vector<Record> records;
    for (std::uint64_t n = 1; n <= count; ++n) records.push_back(record_of(seed, after + n));
    return records;
}

std::unique_ptr<AccessLog> opened(simulated::Disk& disk, LogStart* start = nullptr) {
    simulated::Files files;
    files.show(disk);
    auto log = open_log_anyhow({path, epoch, disk.name()}, sample_station(), key, KeyBytes{9}, files, false);
    if (!log) return nullptr;
    if (start != nullptr) *start = log->start;
    return std::move(log->log);
}

// As if something had turned out to be damaged.
bool replace(AccessLog& log, simulated::Disk& disk, std::uint64_t seed, std::uint64_t draw, Promise& promise) {
    const auto last = log.last_seq();
    // All of it counts as delivered then, and nothing of the old one's is promised any more but its state.
    promise.asked_acknowledged = std::max(promise.asked_acknowledged, last);
    promise.sealed = 0;
    simulated::Files files;
    files.show(disk);
    const LogFile fresh{path, static_cast<std::uint32_t>(draw | 1), disk.name()};
    if (!log.begin_anew(fresh, state_after(seed, last), files, false)) return false;
    promise.acknowledged = last;
    return true;
}

bool step(AccessLog& log, simulated::Disk& disk, std::uint64_t seed, std::uint64_t draw, Promise& promise) {
    if (draw / 8192 % 24 == 0) return replace(log, disk, seed, draw, promise);
    const auto last = log.last_seq();
    switch (draw % 9) {
        case 8: {
            // Whatever is delivered and no restart needs: half of it is too much, and two thirds of it are too old.
            const Retention retention{
                .keep = std::chrono::days{1}, .most_records = last / 2, .identifiable = std::chrono::days{0}};
            const Now now{.mono = Mono{},
                          .wall = sample_stamp(last * 2 / 3).wall + retention.keep,
                          .wall_trusted = draw / 16 % 4 != 0};
            return log.tidy(retention, now).has_value();
        }
        case 0: {
            if (!log.seal()) return false;
            if (log.checkpoint()) promise.sealed = log.checkpoint()->seq;
            return true;
        }
        case 1: {
            const auto upto = log.acknowledged() + (last - log.acknowledged()) / 2;
            promise.asked_acknowledged = std::max(promise.asked_acknowledged, upto);
            if (!log.acknowledge(upto)) return false;
            promise.acknowledged = std::max(promise.acknowledged, upto);
            return true;
        }
        default: {
            const auto count = 1 + draw / 8 % (draw % 16 == 7 ? 60 : 4);
            promise.asked = std::max(promise.asked, last + count);
            const auto records = records_of(seed, last, count);
            const State state = draw % 5 == 0 ? state_after(seed, last + count) : State{};
            if (!log.commit(records, draw % 5 == 0 ? &state : nullptr)) return false;
            promise.stored = last + count;
            return true;
        }
    }
}

std::string compare_rows(AccessLog& log, std::uint64_t seed, std::uint64_t last) {
    LogQuery query;
    std::uint64_t seq = log.beginning().deleted;
    while (seq < last) {
        query.after_seq = seq;
        const auto rows = log.query(query);
        if (!rows) return rows.error().what;
        if (rows->empty()) return fmt::format("record {} is not there", seq + 1);
        for (const LogRow& row : *rows) {
            const Record made = record_of(seed, ++seq);
            if (row.seq != seq || row.type != name_of(made.type) || row.visit != made.visit) {
                return fmt::format("record {} is another one", seq);
            }
        }
    }
    return {};
}

// What can be said as soon as it is open.
std::string broken(const AccessLog& log, const LogStart& start, const Promise& promise) {
    const auto last = start.state.seq;
    if (last < promise.stored) return fmt::format("{} records were stored, {} are there", promise.stored, last);
    if (last > promise.asked) return fmt::format("{} records were made, {} are there", promise.asked, last);
    if (start.acknowledged < promise.acknowledged || start.acknowledged > promise.asked_acknowledged) {
        return fmt::format("acknowledged {} of {}", start.acknowledged, promise.acknowledged);
    }
    if (promise.sealed > 0 && (!log.checkpoint() || log.checkpoint()->seq < promise.sealed)) return "a seal is gone";
    return {};
}

std::string compare(AccessLog& log, const LogStart& start, std::uint64_t seed, const Promise& promise) {
    if (auto wrong = broken(log, start, promise); !wrong.empty()) return wrong;
    const auto last = start.state.seq;
    if (start.state != state_after(seed, last)) return "the state is not the fold of the records";
    LogCheck check;
    while (!check.done) {
        auto next = log.verify(std::move(check));
        if (!next) return next.error().what;
        check = std::move(*next);
    }
    if (check.flaw) return fmt::format("record {}: {}", check.flaw->seq, check.flaw->what);
    if (check.last != last) return "not all of it was verified";
    const auto deleted = log.beginning().deleted;
    if (deleted > promise.asked_acknowledged)
        return fmt::format("{} is gone, and the centre does not have it", deleted);
    return compare_rows(log, seed, last);
}

}  // namespace

void work(simulated::Disk& disk, std::uint64_t seed, int steps, Promise& promise) {
    std::unique_ptr<AccessLog> log;
    int failures = 0;
    for (int n = 0; n < steps && failures < most_failures;) {
        if (!log) {
            LogStart start;
            log = opened(disk, &start);
            // Later nobody could tell: the same records would be made again.
            if (log && promise.broken.empty()) promise.broken = broken(*log, start, promise);
        }
        const auto draw = mixed(seed, 0x5EED'0000ULL + static_cast<std::uint64_t>(n));
        const bool done = log && step(*log, disk, seed, draw, promise);
        failures = done ? 0 : failures + 1;
        if (!done) continue;
        ++n;
        if (draw / 512 % 16 == 0) log.reset();
    }
}

std::string what_is_wrong(simulated::Disk& disk, std::uint64_t seed, const Promise& promise) {
    if (!promise.broken.empty()) return "at work: " + promise.broken;
    Promise later = promise;
    for (const char* when : {"", "after going on: "}) {
        LogStart start;
        const auto log = opened(disk, &start);
        if (!log) return fmt::format("{}it cannot be opened", when);
        if (auto wrong = compare(*log, start, seed, later); !wrong.empty()) return when + wrong;
        const auto last = start.state.seq;
        if (!log->commit(records_of(seed, last, 3), nullptr) || !log->seal()) return "it cannot be gone on with";
        later.stored = later.asked = later.sealed = last + 3;
        later.acknowledged = later.asked_acknowledged = start.acknowledged;
    }
    return {};
}

}  // namespace yizhan::crashtest
