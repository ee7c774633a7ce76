// Everything between a station and the centre's database is killed, wiped, cut, delayed and stopped, again and again,
// while records are on their way: none may be missing in the end, and none there twice.
#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <random>
#include <thread>

#include "drivers/ports/random.h"
#include "tests/collector/databases.h"
#include "tests/collector/real_programs.h"
#include "tools/collector/verify.h"

namespace yizhan::collector {
namespace {

struct Plan {
    int kills = 10;  // of the broker
    int wipes = 2;  // of them with its disk
    unsigned seed = 1;  // even: two collectors of a group on PostgreSQL; odd: two that take everything, on SQLite
    bool with_root = false;  // fails at once where it cannot touch the link
};

// On a thread and loop of its own, so that two of them write at once.
class CollectorThread {
 public:
    CollectorThread(const std::string& where, const BrokerProcess& broker, const std::string& name,
                    const std::string& group)
        : thread_([=, this, &broker] {
              SdEventLoop loop{ClockPolicy::always};
              SystemRandom random;
              const RealCollector collector(loop, random, where, broker, name, group);
              while (!stop_) loop.turn(milliseconds{10});
          }) {}
    ~CollectorThread() {
        stop_ = true;
        thread_.join();
    }
    CollectorThread(const CollectorThread&) = delete;
    CollectorThread& operator=(const CollectorThread&) = delete;

 private:
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

class Torture {
 public:
    explicit Torture(const Plan& plan)
        : plan_(plan),
          dice_(plan.seed),
          broker_(scratch_, "allow_anonymous true\n", cable_.works() ? &cable_ : nullptr) {
        look_at_machine();
        start_collectors();
    }

    int run() {
        if (plan_.with_root && !cable_.works()) {
            std::puts("FAILED: the link was to be cut, which takes root");
            return 1;
        }
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
            if (cable_.works()) cable_.shape("");
            if (i == plan_.kills / 2) {
                fall_silent();
            } else {
                do_something_else();
            }
        }
        if (!second_) start_second();
        if (cable_.works()) cable_.shape("");
        const bool all =
            turn_until([&] { return station_.stationd.acknowledged == station_.stationd.last(); }, minutes{20});
        return judge(all);
    }

 private:
    static constexpr const char* delay = "netem delay 150ms 100ms loss 5%";
    // Narrow, with a short queue: what does not fit into it is lost.
    static constexpr const char* narrow = "tbf rate 256kbit burst 2kb limit 16kb";

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
    void not_tested(const char* what) {
        ++not_tested_;
        std::printf("NOT TESTED: %s\n", what);
    }
    void look_at_machine() {
        if (!cable_.works()) {
            not_tested("a link that is cut, delayed or narrow: no network namespace, which takes root and iproute2");
        } else {
            can_delay_ = cable_.shape(delay);
            if (!can_delay_) not_tested("a link that delays and loses: the kernel has no sch_netem, or there is no tc");
            can_narrow_ = cable_.shape(narrow);
            if (!can_narrow_) not_tested("a narrow link: the kernel has no sch_tbf, or there is no tc");
            cable_.shape("");
        }
        if (plan_.seed % 2 != 0) return;
        if (std::filesystem::exists(POSTGRESQL_PROGRAMS "/postgres")) {
            on_postgresql_.emplace();
            group_ = "centre";
        } else {
            not_tested("two collectors of a group: PostgreSQL is not installed");
        }
    }
    std::string where() const { return on_postgresql_ ? on_postgresql_->where() : on_sqlite_.where(); }
    void start_second() { second_ = std::make_unique<CollectorThread>(where(), broker_, "two", group_); }
    void start_collectors() {
        first_ = std::make_unique<CollectorThread>(where(), broker_, "one", group_);
        start_second();
    }
    void stop_collectors(milliseconds time) {
        first_.reset();
        second_.reset();
        pass(time);
    }
    // For longer than the uplink waits for an acknowledgement: it sends again by itself.
    void fall_silent() {
        stop_collectors(milliseconds{0});
        station_.stationd.append_records(200);
        const auto over = std::chrono::steady_clock::now() + Uplink::centre_patience + seconds{5};
        const auto tells = [&] {
            return std::chrono::steady_clock::now() > over && station_.stationd.report["fault"] == "unacknowledged";
        };
        heard_of_silence_ = turn_until(tells, 3 * Uplink::centre_patience);
        start_collectors();
    }
    void do_something_else() {
        switch (one_of(14)) {
            case 0:  // nobody acknowledges for a while
                stop_collectors(milliseconds{one_of(2000)});
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
            case 5:  // until after the next kill
                if (can_delay_ && cable_.shape(delay)) ++delays_;
                break;
            case 6:
                if (can_narrow_ && cable_.shape(narrow)) ++narrows_;
                break;
            default:
                break;
        }
    }
    int judge(bool all) {
        first_.reset();
        second_.reset();
        auto database = open_sql(where()).value();
        const auto rows = database->run("SELECT count(*), count(DISTINCT seq), max(seq) FROM record").value();
        const auto last = static_cast<std::int64_t>(station_.stationd.last());
        const auto missing = last - rows.integer(0, 1);
        const auto twice = rows.integer(0, 0) - rows.integer(0, 1);
        const auto verdict = verify(*database, std::nullopt).value().at(0).what;
        if (!all) std::puts("FAILED: not everything is acknowledged");
        if (!heard_of_silence_) std::puts("FAILED: the station says nothing of a centre that does not acknowledge");
        if (!verdict.empty()) std::printf("FAILED: %s\n", verdict.c_str());
        std::printf(
            "%d kills, %d wipes, %d cuts, %d stops of the broker, %d times a delayed and %d a narrow link, one long "
            "silence, two collectors %s, %lld records: %lld missing, %lld stored twice, %d things not tested\n",
            plan_.kills, plan_.wipes, cuts_, stops_, delays_, narrows_,
            on_postgresql_ ? "of a group on PostgreSQL" : "on SQLite", static_cast<long long>(last),
            static_cast<long long>(missing), static_cast<long long>(twice), not_tested_);
        return all && heard_of_silence_ && missing == 0 && twice == 0 && verdict.empty() ? 0 : 1;
    }

    const Plan plan_;
    std::mt19937 dice_;
    ScratchDirectory scratch_;
    SdEventLoop loop_{ClockPolicy::always};
    SystemRandom random_;
    NetworkCable cable_;
    RealBroker broker_;
    OnSqlite on_sqlite_;
    std::optional<OnPostgresql> on_postgresql_;
    std::string group_;  // empty: each takes everything, so all is acknowledged twice
    RealStation station_{loop_, random_, scratch_, broker_};
    std::unique_ptr<CollectorThread> first_;
    std::unique_ptr<CollectorThread> second_;
    bool can_delay_ = false;
    bool can_narrow_ = false;
    bool heard_of_silence_ = false;
    int cuts_ = 0;
    int delays_ = 0;
    int narrows_ = 0;
    int stops_ = 0;
    int not_tested_ = 0;
};

}  // namespace
}  // namespace yizhan::collector

int main(int argc, char** argv) {
    // Else PostgreSQL's processes, which begin as copies of this one, would write these lines once more.
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    yizhan::collector::Plan plan;
    CLI::App app{"Kills, wipes, cuts, delays and stops everything between a station and the centre's database."};
    app.add_option("--kills", plan.kills, "of the broker")->check(CLI::Range(1, 100'000))->capture_default_str();
    app.add_option("--wipes", plan.wipes, "of them with its disk")
        ->check(CLI::Range(0, 100'000))
        ->capture_default_str();
    app.add_option("--seed", plan.seed, "even: collectors of a group, on PostgreSQL; odd: on SQLite")
        ->capture_default_str();
    app.add_flag("--with-root", plan.with_root, "fail where the link cannot be cut");
    CLI11_PARSE(app, argc, argv);
    return yizhan::collector::Torture(plan).run();
}
