// Everything between a station and the centre's database is killed, wiped, cut and stopped, again and again, while
// records are on their way: none may be missing in the end, and none there twice.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <random>

#include "drivers/ports/random.h"
#include "tests/collector/databases.h"
#include "tests/collector/real_programs.h"
#include "tools/collector/verify.h"

namespace yizhan::collector {
namespace {

struct Plan {
    int kills = 10;  // of the broker
    int wipes = 2;  // of them with its disk
    unsigned seed = 1;
};

class Torture {
 public:
    explicit Torture(const Plan& plan)
        : plan_(plan),
          dice_(plan.seed),
          broker_(scratch_, "allow_anonymous true\n", cable_.works() ? &cable_ : nullptr) {
        start_collectors();
    }

    int run() {
        if (!cable_.works()) std::puts("no network namespaces (not root): the link is not cut");
        for (int i = 0; i < plan_.kills; ++i) {
            station_.stationd.append_records(200);
            const auto before = station_.stationd.acknowledged;
            turn_until([&] { return station_.stationd.acknowledged > before; }, milliseconds{20'000});
            pass(milliseconds{one_of(60)});
            broker_.kill_hard();
            // Evenly over the run.
            if ((i + 1) * plan_.wipes / plan_.kills > i * plan_.wipes / plan_.kills) broker_.forget();
            pass(milliseconds{one_of(30)});
            broker_.start();
            do_something_else();
        }
        if (!second_) start_second();
        const bool all =
            turn_until([&] { return station_.stationd.acknowledged == station_.stationd.last(); }, minutes{20});
        return judge(all);
    }

 private:
    int one_of(int n) { return static_cast<int>(dice_() % static_cast<unsigned>(n)); }
    void pass(milliseconds time) {
        turn_until([] { return false; }, time);
    }
    bool turn_until(const std::function<bool()>& condition, milliseconds limit) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            loop_.turn(milliseconds{10});
        }
        return true;
    }
    // The second takes everything as well: so all is acknowledged twice while it is there.
    void start_second() {
        second_ = std::make_unique<RealCollector>(loop_, random_, database_.where(), broker_, "two", "");
    }
    void start_collectors() {
        first_ = std::make_unique<RealCollector>(loop_, random_, database_.where(), broker_, "one", "");
        start_second();
    }
    void do_something_else() {
        switch (one_of(12)) {
            case 0:  // nobody acknowledges for a while
                first_.reset();
                second_.reset();
                pass(milliseconds{one_of(2000)});
                start_collectors();
                break;
            case 1:
                second_.reset();
                break;
            case 2:
                if (!second_) start_second();
                break;
            case 3:
                ++stops_;
                broker_.pause(true);
                pass(milliseconds{one_of(1500)});
                broker_.pause(false);
                break;
            case 4:
                if (!cable_.works()) break;
                ++cuts_;
                cable_.cut(true);
                pass(milliseconds{one_of(4000)});
                cable_.cut(false);
                break;
            default:
                break;
        }
    }
    int judge(bool all) {
        auto database = open_sql(database_.where()).value();
        const auto rows = database->run("SELECT count(*), count(DISTINCT seq), max(seq) FROM record").value();
        const auto last = static_cast<std::int64_t>(station_.stationd.last());
        const auto missing = last - rows.integer(0, 1);
        const auto twice = rows.integer(0, 0) - rows.integer(0, 1);
        const auto verdict = verify(*database, std::nullopt).value().at(0).what;
        std::printf(
            "%d kills, %d wipes, %d cuts, %d stops of the broker, %lld records: %lld missing, %lld stored twice\n",
            plan_.kills, plan_.wipes, cuts_, stops_, static_cast<long long>(last), static_cast<long long>(missing),
            static_cast<long long>(twice));
        if (!all) std::puts("FAILED: not everything is acknowledged");
        if (!verdict.empty()) std::printf("FAILED: %s\n", verdict.c_str());
        return all && missing == 0 && twice == 0 && verdict.empty() ? 0 : 1;
    }

    const Plan plan_;
    std::mt19937 dice_;
    ScratchDirectory scratch_;
    SdEventLoop loop_{ClockPolicy::always};
    SystemRandom random_;
    NetworkCable cable_;
    RealBroker broker_;
    OnSqlite database_;
    RealStation station_{loop_, random_, scratch_, broker_};
    std::unique_ptr<RealCollector> first_;
    std::unique_ptr<RealCollector> second_;
    int cuts_ = 0;
    int stops_ = 0;
};

}  // namespace
}  // namespace yizhan::collector

int main(int argc, char** argv) {
    yizhan::collector::Plan plan;
    CLI::App app{"Kills, wipes, cuts and stops everything between a station and the centre's database."};
    app.add_option("--kills", plan.kills, "of the broker")->check(CLI::Range(1, 100'000))->capture_default_str();
    app.add_option("--wipes", plan.wipes, "of them with its disk")
        ->check(CLI::Range(0, 100'000))
        ->capture_default_str();
    app.add_option("--seed", plan.seed)->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    return yizhan::collector::Torture(plan).run();
}
