// What storing a record and showing later that it is unchanged cost, beside a bare INSERT into SQLite and a bare
// SHA-256.
#include "firmware/storage/access_log.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/worker.h"
#include "firmware/storage/log_check.h"
#include "firmware/storage/log_writer.h"
#include "firmware/storage/record_document.h"
#include "hal/check.h"

namespace {

using namespace yizhan;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t batch = LogWriter::seal_every;
constexpr std::uint64_t batches = 1000;
constexpr int single = 300;

StationConfig station() {
    StationConfig config;
    config.id = "bench";
    config.doors.push_back({.name = "street"});
    config.readers.push_back({.name = "street-in"});
    config.groups.push_back({.name = "couriers"});
    return config;
}

// A swipe at the entry: the record of which there are most.
Record swipe(std::uint64_t seq) {
    Record record;
    record.seq = seq;
    record.type = RecordType::granted;
    record.at = {.boot = 0xb007,
                 .mono = Mono(std::chrono::milliseconds(seq * 977)),
                 .wall = Wall(milliseconds(1'790'000'000'000 + static_cast<std::int64_t>(seq) * 977)),
                 .trusted = true};
    record.outcome = Outcome::welcome;
    record.door = DoorIndex{0};
    record.reader = ReaderIndex{0};
    record.group = 0;
    record.visit = seq * 0x9E37'79B9'7F4A'7C15ULL;
    record.lasts = seconds{4};
    record.credential = {.key_id = 7, .digest = {static_cast<std::uint8_t>(seq)}};
    return record;
}

// Microseconds for each of `count`.
template <class Work>
double each(std::uint64_t count, Work work) {
    const auto begin = Clock::now();
    work();
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / static_cast<double>(count);
}

std::vector<Record> swipes(std::uint64_t first, std::uint64_t count) {
    std::vector<Record> records;
    for (std::uint64_t i = 0; i < count; ++i) records.push_back(swipe(first + i));
    return records;
}

void run(sqlite3* database, const char* sql) {
    YZ_CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
}

// One row of 70 bytes in a transaction of its own, with the same care for the disk.
double bare_inserts(const std::string& path) {
    sqlite3* database = nullptr;
    YZ_CHECK(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
    run(database,
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE record (seq INTEGER PRIMARY KEY, what BLOB)");
    const double micros = each(single, [&] {
        for (int i = 0; i < single; ++i) run(database, "INSERT INTO record (what) VALUES (zeroblob(70))");
    });
    sqlite3_close(database);
    return micros;
}

// Records one after the other through the station's own loop, ring and worker: how long each takes from append() until
// the loop is told that it is stored, in microseconds, sorted.
class Recorder final : public LoopMember, public LogWriterListener {
 public:
    explicit Recorder(AccessLog& log)
        : worker_(std::make_unique<ThreadWorker>(loop_, "log")), writer_(loop_, *worker_, log, state_, *this) {
        state_.seq = log.last_seq();
        loop_.join(*this);
        YZ_CHECK(loop_.run() == 0);
        loop_.leave(*this);
        worker_.reset();
        std::ranges::sort(took);
    }

    Mono next_deadline() const override { return next_; }
    void advance(Now now) override {
        next_ = never;
        Record record = swipe(state_.seq + 1);
        record.at.mono = now.mono;
        begin_ = Clock::now();
        YZ_CHECK(writer_.append(record));
        apply(state_, record);
    }
    void on_stored(std::uint64_t, Now now) override {
        took.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin_).count());
        next_ = now.mono + milliseconds{5};
        if (took.size() == single) loop_.stop();
    }
    void on_log_health(bool failed, const Error& why, Now) override {
        fmt::print(stderr, "{}\n", why.what);
        YZ_CHECK(!failed);
    }
    void on_sealed(Now) override {}
    void on_damaged(Now) override {}
    void on_replaced(const LogReplacement&, Now) override {}
    void on_retention(std::optional<RetentionFault>, Now) override {}

    std::vector<double> took;

 private:
    SdEventLoop loop_{ClockPolicy::always};
    State state_;
    std::unique_ptr<ThreadWorker> worker_;
    LogWriter writer_;
    Mono next_ = Mono::min();
    Clock::time_point begin_;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"What storing and verifying records costs."};
    std::string json_path;
    std::string folder = std::filesystem::temp_directory_path();
    app.add_option("--json", json_path, "also write what was measured to this file");
    app.add_option("--folder", folder, "on the disk to measure");
    CLI11_PARSE(app, argc, argv);
    std::string place = folder + "/yizhan-bench-XXXXXX";
    YZ_CHECK(mkdtemp(place.data()) != nullptr);

    // First: a disk that is still writing what came before would make it look slow.
    const double bare = bare_inserts(place + "/bare.db");
    const StationConfig names = station();
    auto log = AccessLog::open({place + "/access.db", 7}, names, KeyBytes{1}, KeyBytes{2});
    YZ_CHECK(log && (*log)->restore());
    const auto store = [&](std::uint64_t count) {
        YZ_CHECK((*log)->commit(swipes((*log)->last_seq() + 1, count), nullptr).has_value());
    };
    const double alone = each(single, [&] {
        for (int i = 0; i < single; ++i) store(1);
    });
    const auto took = Recorder(**log).took;
    const double typical = took[took.size() / 2];
    const double slow = took[took.size() * 99 / 100];
    const double in_batches = each(batch * batches, [&] {
        for (std::uint64_t i = 0; i < batches; ++i) {
            store(batch);
            YZ_CHECK((*log)->seal().has_value());
        }
    });
    store(1);
    const double sealing = each(1, [&] { YZ_CHECK((*log)->seal().has_value()); });
    LogCheck check;
    const double verifying = each((*log)->last_seq(), [&] {
        while (!check.done) check = *(*log)->verify(std::move(check));
    });
    YZ_CHECK(!check.flaw && check.last == (*log)->last_seq());
    const auto records = (*log)->last_seq();
    log->reset();
    const auto bytes =
        static_cast<double>(std::filesystem::file_size(place + "/access.db")) / static_cast<double>(records);

    const LogRow row = to_row(swipe(1), 7, names);
    const auto document = record_document(row);
    ChainHash hash{};
    const double chaining = each(100'000, [&] {
        for (int i = 0; i < 100'000; ++i) hash = chain_next(hash, record_document(row));
    });
    const std::string text = document.dump();
    const double hashing = each(100'000, [&] {
        for (int i = 0; i < 100'000; ++i) hash = sha256(std::as_bytes(std::span(text)));
    });
    std::filesystem::remove_all(place);

    fmt::print("{:56} {:9.1f} us   beside a bare INSERT {:.1f} us\n", "a swipe's record, alone: commit and sync", alone,
               bare);
    fmt::print("{:56} {:9.1f} us   p99 {:.1f} us\n", "from an event until its record is stored: p50", typical, slow);
    fmt::print("{:56} {:9.2f} us   {:.0f} records a second\n",
               "a record in a batch of 100, with the checkpoint behind it", in_batches, 1e6 / in_batches);
    fmt::print("{:56} {:9.2f} us   beside a bare SHA-256 {:.2f} us\n", "of that its JSON and its hash", chaining,
               hashing);
    fmt::print("{:56} {:9.1f} us\n", "a checkpoint: sign, commit and sync", sealing);
    fmt::print("{:56} {:9.2f} us\n", "verifying a record", verifying);
    fmt::print("{:56} {:9.0f} bytes\n", "a record in the file, its index included", bytes);
    if (json_path.empty()) return 0;
    std::ofstream(json_path) << nlohmann::json{{"commit_one_us", alone},    {"bare_insert_us", bare},
                                               {"in_batch_us", in_batches}, {"chain_us", chaining},
                                               {"sha256_us", hashing},      {"checkpoint_us", sealing},
                                               {"stored_p50_us", typical},  {"stored_p99_us", slow},
                                               {"verify_us", verifying},    {"record_bytes", bytes}}
                                    .dump(2);
    return 0;
}
