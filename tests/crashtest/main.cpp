// Crash points of the access log: for every write, cut, sync and removal that SQLite makes while a station works, the
// power goes, with some of what was not synced on the disk; or it fails; or SQLite finds no memory. Then the log is
// opened again, and has to hold what was promised. Everything but the disk is production code.
#include <fmt/format.h>
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "tests/crashtest/loss.h"
#include "tests/crashtest/workload.h"

namespace {

using namespace yizhan;
using namespace yizhan::crashtest;

constexpr int steps = 24;  // of one workload
constexpr std::size_t losses_a_change = 12;
constexpr std::size_t losses_a_failure = 4;
constexpr std::uint64_t most_told = 20;

// Of one kind of crash.
struct Count {
    std::uint64_t most = 0;
    std::uint64_t points = 0;
    std::uint64_t failures = 0;

    bool full() const { return points >= most; }

    void add(const std::string& wrong, std::uint64_t seed, const std::string& where) {
        ++points;
        if (wrong.empty()) return;
        if (++failures <= most_told) fmt::print("seed {}, {}: {}\n", seed, where, wrong);
    }
};

// The power goes here, with what a disk may have done by then of what was not synced.
void cut_here(const simulated::Disk& disk, std::uint64_t seed, const Promise& promise, std::size_t most,
              simulated::Random& dice, const std::string& where, Count& count) {
    for (const Loss& loss : losses(disk.unsynced(), most, dice)) {
        if (count.full()) return;
        simulated::Disk left("after-power-cut");
        for (auto& [path, bytes] : disk.after_power_cut(reached(loss))) left.put(path, std::move(bytes));
        std::string fates;
        for (const auto fate : loss) fates += fate < 10 ? static_cast<char>('0' + fate) : '+';
        count.add(what_is_wrong(left, seed, promise), seed, fmt::format("{}, power cut ({})", where, fates));
    }
}

// The power goes at every change in turn.
void cut_everywhere(std::uint64_t seed, Count& count) {
    simulated::Disk disk("working");
    Promise promise;
    std::uint64_t change = 0;
    simulated::Random dice(seed);
    const auto cut = [&] {
        ++change;
        cut_here(disk, seed, promise, losses_a_change, dice, fmt::format("at change {}", change), count);
        return true;
    };
    disk.on_change(cut);
    work(disk, seed, steps, promise);
    disk.on_change(nullptr);
    cut();
}

// Every change in turn fails, alone or with everything from then on, reads too; the station tries again, and the power
// goes.
void fail_everywhere(std::uint64_t seed, Count& count) {
    simulated::Random dice(seed);
    for (const bool lasting : {false, true}) {
        for (std::uint64_t failing = 1;; ++failing) {
            if (count.full()) return;
            simulated::Disk disk("failing");
            Promise promise;
            std::uint64_t change = 0;
            disk.on_change([&] {
                ++change;
                if (lasting && change >= failing) disk.set_failing(true);
                return change != failing;
            });
            work(disk, seed, steps, promise);
            disk.on_change(nullptr);
            cut_here(disk, seed, promise, losses_a_failure, dice,
                     fmt::format("change {} failed{}", failing, lasting ? " for good" : ""), count);
            if (change < failing) break;
        }
    }
}

// SQLite's memory: the n-th request finds none. Own allocations end the program, which starts again.
std::int64_t until_no_memory = -1;  // < 0: there is enough

void* allocate(int size) {
    if (until_no_memory >= 0 && until_no_memory-- == 0) return nullptr;
    auto* block = static_cast<sqlite3_int64*>(std::malloc(static_cast<std::size_t>(size) + 8));
    if (block == nullptr) return nullptr;
    *block = size;
    return block + 1;
}
void release(void* memory) {
    if (memory != nullptr) std::free(static_cast<sqlite3_int64*>(memory) - 1);
}
int size_of(void* memory) {
    return memory == nullptr ? 0 : static_cast<int>(*(static_cast<sqlite3_int64*>(memory) - 1));
}
void* reallocate(void* memory, int size) {
    if (until_no_memory >= 0 && until_no_memory-- == 0) return nullptr;
    auto* block = static_cast<sqlite3_int64*>(
        std::realloc(static_cast<sqlite3_int64*>(memory) - 1, static_cast<std::size_t>(size) + 8));
    if (block == nullptr) return nullptr;
    *block = size;
    return block + 1;
}
int round_up(int size) { return (size + 7) & ~7; }
int begin(void*) { return SQLITE_OK; }
void end(void*) {}

void starve_everywhere(std::uint64_t seed, Count& count) {
    // Of some thousand requests in a workload every one of them, over the seeds.
    constexpr std::int64_t stride = 37;
    simulated::Random dice(seed);
    for (auto failing = static_cast<std::int64_t>(seed % stride);; failing += stride) {
        if (count.full()) return;
        simulated::Disk disk("starving");
        Promise promise;
        until_no_memory = failing;
        work(disk, seed, steps, promise);
        const bool was_enough = until_no_memory >= 0;
        until_no_memory = -1;
        cut_here(disk, seed, promise, losses_a_failure, dice, fmt::format("no memory at request {}", failing), count);
        if (was_enough) return;
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Crash points of the access log."};
    std::uint64_t points = 5000;
    std::uint64_t from = 1;
    std::uint64_t stride = 1;
    app.add_option("--points", points, "how many")->capture_default_str();
    app.add_option("--from", from, "the first seed")->capture_default_str();
    app.add_option("--stride", stride, "from one seed to the next")->check(CLI::PositiveNumber)->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    const sqlite3_mem_methods memory{allocate, release, reallocate, size_of, round_up, begin, end, nullptr};
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) != SQLITE_OK) return 2;
    // A third of each kind, also of a few: a workload has more cuts than a sample has points.
    Count cuts{.most = points - 2 * (points / 3)};
    Count failed{.most = points / 3};
    Count starved{.most = points / 3};
    for (std::uint64_t seed = from; !cuts.full() || !failed.full() || !starved.full(); seed += stride) {
        cut_everywhere(seed, cuts);
        fail_everywhere(seed, failed);
        starve_everywhere(seed, starved);
    }
    fmt::print("{} power cuts, {} failed operations, {} without memory\n", cuts.points, failed.points, starved.points);
    const std::uint64_t failures = cuts.failures + failed.failures + starved.failures;
    fmt::print("{} crash points, {} failures\n", cuts.points + failed.points + starved.points, failures);
    return failures == 0 ? 0 : 1;
}
