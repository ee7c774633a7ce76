// What a decision costs from credential to answer, beside what people would do instead, in one run on one machine.
//
//   bench_decision                 1k, 100k and 1M members
//   bench_decision --full          and 10M (needs about 2 GB)
//   bench_decision --json FILE     the same numbers for a program
//
// Counting instructions apart from the digest, 10000 swipes in a list of a million ("Collected" divided by the number
// of swipes): yizhan_measured_find is the look-up, yizhan_measured_admit look-up and policy, yizhan_measured_digest the
// digest (without the CPU's SHA instructions, which valgrind does not have):
//
//   valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no
//       --toggle-collect=yizhan_measured_admit build/release/bin/bench_decision --callgrind 1000000 10000
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "benchmarks/alternatives.h"
#include "benchmarks/members.h"
#include "benchmarks/stopwatch.h"
#include "firmware/station/admission.h"
#include "firmware/station/station.h"

namespace yizhan::benchmarks {

// Functions of their own, with names valgrind can be told.
extern "C" [[gnu::noinline]] bool yizhan_measured_find(const MemberList& list, const CredentialId& id, Member& member) {
    return list.find(id, member);
}
extern "C" [[gnu::noinline]] void yizhan_measured_digest(const CredentialDigest& digest, const Credential& credential,
                                                         CredentialId& id) {
    id = digest(credential);
}
extern "C" [[gnu::noinline]] bool yizhan_measured_admit(const StationConfig& config, const State& state,
                                                        const MemberList& list, const CardPresented& card, Now now) {
    return admit(config, state, &list, false, card, Purpose::enter, now).allowed();
}

namespace {

constexpr std::size_t samples = 200'000;
const KeyBytes benchmark_key{1, 2, 3, 4};

// A Friday noon.
constexpr Now noon{Mono{std::chrono::hours{1}}, Wall{seconds{1772769600}}, true};

StationConfig one_door() {
    StationConfig config;
    config.id = station;
    for (const auto& name : groups) config.groups.push_back({.name = name, .hours = {{0, minutes_a_week}}});
    config.doors = {{.name = "front", .has_contact = true}};
    config.readers = {{.name = "front-in", .place = ReaderPlace::entry, .door = DoorIndex{0}}};
    return config;
}

CardPresented presented(const CredentialId& id) {
    return {.reader = ReaderIndex{0}, .credential = id, .genuine = true, .fresh_visit = 1};
}

// The station as it is, with everything a swipe sets in motion: record, lock, lamp.
class WholeStation {
 public:
    explicit WholeStation(const MemberList& list)
        : config_(one_door()), station_(std::make_unique<Station>(config_, State(), 1)) {
        actions_ = std::make_unique<Actions>();
        station_->start(noon, *actions_);
        station_->handle(MembersChanged{&list, {}}, noon, *actions_);
    }
    bool decide(const CredentialId& id) {
        actions_->clear();
        station_->handle(presented(id), noon, *actions_);
        const auto& appended = std::get<AppendRecord>(*actions_->begin());
        return appended.record.type == RecordType::granted;
    }

 private:
    StationConfig config_;
    std::unique_ptr<Station> station_;
    std::unique_ptr<Actions> actions_;
};

struct Line {
    std::uint64_t members = 0;
    std::string what;
    Percentiles hits;
    Percentiles strangers;
};

struct Load {
    std::uint64_t members = 0;
    std::size_t bytes = 0;
    double milliseconds = 0;  // the best of five
};

class DecisionBenchmark {
 public:
    explicit DecisionBenchmark(std::string folder) : folder_(std::move(folder)) {}

    void run(std::uint64_t members) {
        const auto rows = rows_of(digest_, members);
        {
            ListFile file(list_bytes(digest_.key_id(), rows));
            const auto list = load(file, members);
            const StationConfig config = one_door();
            const auto state = std::make_unique<State>();
            measure(members, "digest, look-up, policy", [&](const Credential& credential) {
                return yizhan_measured_admit(config, *state, *list, presented(digest_(credential)), noon);
            });
            WholeStation whole(*list);
            measure(members, "swipe: that, records and actions",
                    [&](const Credential& credential) { return whole.decide(digest_(credential)); });
        }
        measure_lookup(members, "floor: digest, one probe", FloorProbe(rows));
        measure_lookup(members, "digest, std::unordered_map", HashMapLookup(rows));
        measure_lookup(members, "digest, SQLite in memory", SqliteLookup(":memory:", rows));
        const auto path = folder_ + "/yizhan-decision-benchmark.db";
        std::filesystem::remove(path);
        measure_lookup(members, "digest, SQLite file", SqliteLookup(path, rows));
        std::filesystem::remove(path);
    }

    void write_json(const std::string& path) const {
        nlohmann::json document{{"samples", samples}, {"timer_overhead_ns", stopwatch_.overhead_nanoseconds()}};
        const auto percentiles = [](const Percentiles& p) {
            return nlohmann::json{{"p50_ns", p.p50}, {"p99_ns", p.p99}, {"p999_ns", p.p999}};
        };
        for (const auto& line : lines_) {
            document["decisions"].push_back({{"members", line.members},
                                             {"what", line.what},
                                             {"hit", percentiles(line.hits)},
                                             {"stranger", percentiles(line.strangers)}});
        }
        for (const auto& load : loads_) {
            document["loads"].push_back(
                {{"members", load.members}, {"bytes", load.bytes}, {"milliseconds", load.milliseconds}});
        }
        std::ofstream out(path);
        out << document.dump(2) << '\n';
        out.flush();
        YZ_CHECK(out.good());
    }

    void print_head() const {
        fmt::print("{} single operations each, timer overhead of {:.1f} ns taken off; nanoseconds\n", samples,
                   stopwatch_.overhead_nanoseconds());
        fmt::print("{:>9}  {:<34} {:^26}  {:^26}\n", "", "", "hit", "stranger");
        fmt::print("{:>9}  {:<34} {:>8} {:>8} {:>8}  {:>8} {:>8} {:>8}\n", "members", "", "p50", "p99", "p99.9", "p50",
                   "p99", "p99.9");
    }

 private:
    std::unique_ptr<MemberList> load(ListFile& file, std::uint64_t members) {
        Load best{.members = members, .bytes = file.size().value_or(0), .milliseconds = 1e9};
        std::unique_ptr<MemberList> list;
        for (int i = 0; i < 5; ++i) {
            list.reset();
            const auto begin = std::chrono::steady_clock::now();
            list = or_stop(MemberList::load(file, station, digest_.key_id(), groups));
            const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - begin;
            best.milliseconds = std::min(best.milliseconds, spent.count());
        }
        fmt::print("{:>9}  list of {} bytes verified and locked in {:.2f} ms\n", members, best.bytes,
                   best.milliseconds);
        loads_.push_back(best);
        return list;
    }

    template <class Lookup>
    void measure_lookup(std::uint64_t members, std::string what, Lookup&& lookup) {
        measure(members, std::move(what), [&](const Credential& credential) {
            Member member;
            return lookup.find(digest_(credential).digest, member);
        });
    }

    // The credential is made right before its decision, as the driver does: it is in the cache, the list is not.
    template <class Decide>
    void measure(std::uint64_t members, std::string what, Decide decision) {
        std::mt19937_64 random(members);
        std::uniform_int_distribution<std::uint64_t> anyone(0, members - 1);
        std::uint64_t found = 0;
        const auto member = [&](std::size_t) { return credential_of(anyone(random)); };
        const auto stranger = [&](std::size_t) { return credential_of(members + anyone(random)); };
        const auto operate = [&](const Credential& credential) { found += decision(credential) ? 1 : 0; };
        for (std::size_t i = 0; i < samples / 10; ++i) operate(member(i));
        found = 0;
        Line line{.members = members, .what = std::move(what), .hits = {}, .strangers = {}};
        line.hits = stopwatch_.measure(samples, member, operate);
        const auto hits = found;
        line.strangers = stopwatch_.measure(samples, stranger, operate);
        // The floor only probes and so finds but some; nobody may find a stranger.
        YZ_CHECK(found == hits && (hits == samples || line.what.starts_with("floor")));
        fmt::print("{:>9}  {:<34} {:>8.0f} {:>8.0f} {:>8.0f}  {:>8.0f} {:>8.0f} {:>8.0f}\n", members, line.what,
                   line.hits.p50, line.hits.p99, line.hits.p999, line.strangers.p50, line.strangers.p99,
                   line.strangers.p999);
        lines_.push_back(std::move(line));
    }

    std::string folder_;
    CredentialDigest digest_{benchmark_key};
    Stopwatch stopwatch_;
    std::vector<Line> lines_;
    std::vector<Load> loads_;
};

// Exactly `lookups` digests and look-ups of members, in a list whose other members are digests of nobody: under
// valgrind a million real ones would take minutes.
void run_for_callgrind(std::uint64_t members, std::uint64_t lookups) {
    const CredentialDigest digest(benchmark_key);
    std::vector<CredentialId> ids(lookups);
    for (std::uint64_t i = 0; i < lookups; ++i) yizhan_measured_digest(digest, credential_of(i), ids[i]);
    std::vector<MemberRow> rows(members);
    std::mt19937_64 random(1);
    for (std::uint64_t i = 0; i < members; ++i) {
        if (i < lookups) {
            rows[i].digest = ids[i].digest;
            continue;
        }
        const std::array<std::uint64_t, 2> drawn{random(), random()};
        std::memcpy(rows[i].digest.data(), drawn.data(), sizeof drawn);
    }
    sort_by_digest(rows);
    ListFile file(list_bytes(digest.key_id(), std::move(rows)));
    const auto list = or_stop(MemberList::load(file, station, digest.key_id(), groups));
    std::uint64_t found = 0;
    for (const auto& id : ids) {
        Member member;
        found += yizhan_measured_find(*list, id, member) ? 1 : 0;
    }
    const StationConfig config = one_door();
    const auto state = std::make_unique<State>();
    std::uint64_t admitted = 0;
    for (const auto& id : ids) {
        admitted += yizhan_measured_admit(config, *state, *list, presented(id), noon) ? 1 : 0;
    }
    YZ_CHECK(admitted == lookups);
    YZ_CHECK(found == lookups);
    fmt::print("{} look-ups among {} members\n", lookups, members);
}

int run(int argc, char** argv) {
    CLI::App app("What a decision costs, beside what people would do instead");
    std::uint64_t max_members_measured = 1'000'000;
    bool full = false;
    std::string json;
    std::string folder = std::filesystem::temp_directory_path().string();
    std::vector<std::uint64_t> callgrind;
    app.add_option("--max-members", max_members_measured, "leave out longer lists")
        ->check(CLI::Range(1'000, 10'000'000));
    app.add_flag("--full", full, "the same as --max-members 10000000");
    app.add_option("--json", json, "write the numbers to this file");
    app.add_option("--folder", folder, "where the SQLite file is made")->check(CLI::ExistingDirectory);
    app.add_option("--callgrind", callgrind, "members and look-ups: run exactly so many, measure nothing")->expected(2);
    CLI11_PARSE(app, argc, argv);
    if (!callgrind.empty()) {
        YZ_CHECK(callgrind[1] <= callgrind[0]);
        run_for_callgrind(callgrind[0], callgrind[1]);
        return 0;
    }
#ifndef __OPTIMIZE__
    fmt::print("built without optimisation: these numbers say nothing\n");
#endif
    DecisionBenchmark benchmark(folder);
    benchmark.print_head();
    for (const std::uint64_t members : {1'000U, 100'000U, 1'000'000U, 10'000'000U}) {
        if (members <= max_members_measured || full) benchmark.run(members);
    }
    if (!json.empty()) benchmark.write_json(json);
    return 0;
}

}  // namespace
}  // namespace yizhan::benchmarks

int main(int argc, char** argv) { return yizhan::benchmarks::run(argc, argv); }
