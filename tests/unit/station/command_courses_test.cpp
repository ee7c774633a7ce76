// Every short course of events around two keys and a few commands: in none is one done twice, out of its time, or
// before it is stored that it came.
#include <map>
#include <memory>
#include <set>

#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

// Every course of up to `depth` events of a small world: two keys with two commands each, that may come at any time and
// again, a disk that stores or does not, restarts that keep or lose what is not stored, a key that is revoked, time
// that runs out.
class Courses {
 public:
    std::size_t courses = 0;
    std::size_t done = 0;  // commands
    std::map<Outcome, std::size_t> refused;

    void explore(int depth) { explore(World(config_, first_, second_), depth); }

 private:
    struct World {
        World(const StationConfig& config, const SignerSet& first, const SignerSet& second)
            : sets{&first, &second}, station(config, State(), test_boot) {
            perform([&](Actions& out) { station.start(now, out); });
            perform([&](Actions& out) { station.handle(SignersChanged{sets[0], {}}, now, out); });
            store();
        }

        void command(std::uint32_t signer, std::uint64_t sequence) {
            const Mandate mandate{.signer = signer, .sequence = sequence, .not_before = begun, .expires = begun + life};
            const Command what{.what = SetOccupancy{static_cast<std::uint16_t>(10 * signer + sequence)},
                               .actor = {ActorRole::centre, signer},
                               .request = 1,
                               .mandate = mandate};
            perform([&](Actions& out) { station.handle(what, now, out); });
        }
        void store() {
            stored = records.size();
            perform([&](Actions& out) { station.handle(RecordsStored{records.size()}, now, out); });
        }
        void pass(milliseconds time) {
            now.mono += time;
            now.wall += time;
            perform([&](Actions& out) { station.handle(TimePassed{}, now, out); });
        }
        void restart(const StationConfig& config, bool keeps_all) {
            if (!keeps_all) records.resize(stored);
            stored = records.size();
            State fold;
            for (const Record& record : records) apply(fold, record);
            station = Station(config, fold, test_boot);
            perform([&](Actions& out) { station.start(now, out); });
            perform([&](Actions& out) { station.handle(SignersChanged{sets[revoked ? 1 : 0], {}}, now, out); });
        }
        void revoke() {
            revoked = true;
            perform([&](Actions& out) { station.handle(SignersChanged{sets[1], {}}, now, out); });
        }
        void perform(auto what) {
            actions->clear();
            what(*actions);
            for (const Action& action : *actions) {
                const auto* append = std::get_if<AppendRecord>(&action);
                if (append == nullptr) continue;
                records.push_back(append->record);
                const Record& record = append->record;
                if (record.type == RecordType::commands_refused) refusals.push_back(record.outcome);
                if (record.type == RecordType::occupancy_set) act(record);
            }
        }
        void act(const Record& record) {
            const auto signer = record.actor.uid;
            const auto sequence = static_cast<std::uint64_t>(record.value) - 10 * signer;
            EXPECT_TRUE(acted.insert({signer, sequence}).second) << "done twice";
            EXPECT_GT(sequence, newest[signer]) << "an older one after a newer";
            newest[signer] = sequence;
            EXPECT_LT(now.wall, begun + life) << "done after its time";
            const bool was_stored = std::any_of(
                records.begin(), records.begin() + static_cast<std::ptrdiff_t>(stored), [&](const Record& r) {
                    return r.type == RecordType::command_taken && r.actor.uid == signer &&
                           static_cast<std::uint64_t>(r.value) == sequence;
                });
            EXPECT_TRUE(was_stored) << "done before it was stored";
        }

        static constexpr seconds life{20};
        std::shared_ptr<Actions> actions = std::make_shared<Actions>();  // too large to make a new one each time
        std::array<const SignerSet*, 2> sets;
        Station station;
        Now now{Mono{hours{1}}, Wall{hours{24 * 20500}}, true};
        const Wall begun = now.wall;
        std::vector<Record> records;
        std::size_t stored = 0;
        bool revoked = false;
        std::set<std::pair<std::uint32_t, std::uint64_t>> acted;
        std::map<std::uint32_t, std::uint64_t> newest;
        std::vector<Outcome> refusals;
    };

    void explore(const World& world, int depth) {
        ++courses;
        if (depth == 0) {
            done += world.acted.size();
            for (const Outcome why : world.refusals) ++refused[why];
            return;
        }
        const auto next = [&](auto step) {
            World after = world;
            step(after);
            explore(after, depth - 1);
        };
        for (const std::uint32_t signer : {1u, 2u}) {
            for (const std::uint64_t sequence : {1u, 2u}) {
                next([&](World& w) { w.command(signer, sequence); });
            }
        }
        next([](World& w) { w.store(); });
        next([](World& w) { w.pass(seconds{6}); });
        next([&](World& w) { w.restart(config_, true); });
        next([&](World& w) { w.restart(config_, false); });
        if (!world.revoked) next([](World& w) { w.revoke(); });
    }

    static StationConfig small_station() {
        StationConfig config;
        config.id = "test";
        return config;
    }
    const StationConfig config_ = small_station();
    const SignerSet first_ = signers(1, {1, 2});
    const SignerSet second_ = signers(2, {2});
};

TEST(Courses, InNoneIsACommandDoneTwiceOrTooEarlyOrTooLate) {
    Courses courses;
    courses.explore(6);
    EXPECT_GT(courses.courses, 400'000u);
    EXPECT_GT(courses.done, 100'000u);
    for (const Outcome why :
         {Outcome::command_repeated, Outcome::signer_unknown, Outcome::command_not_stored, Outcome::command_expired}) {
        EXPECT_GT(courses.refused[why], 0u) << text_of(why).code;
    }
}

}  // namespace
}  // namespace yizhan::testing
