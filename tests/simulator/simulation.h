// One world: a station, its people, what goes wrong, and those who watch.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/faults.h"
#include "tests/simulator/oracle.h"
#include "tests/simulator/people.h"

namespace yizhan::simulator {

struct Result {
    std::uint64_t digest = 0;
    std::uint64_t visits = 0;
    std::uint64_t faults = 0;
    double days = 0;
    std::string failed_oracle;  // empty: nothing went wrong
    std::string failure;
    std::string story;  // what led to it
};

// In the safety phase anything may fail; in the liveness phase nothing does any more, and everything must come back.
class Simulation final : private PeopleListener {
 public:
    Simulation(const Options& options, bool aloud);
    ~Simulation() override;
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    Result run();

 private:
    static constexpr seconds restart_after{1};  // as the unit has it
    static constexpr seconds longest_outage{300};
    static constexpr int most_failed_starts = 30;
    static constexpr minutes liveness{30};

    void on_swipe(const Swipe& swipe) override;
    void on_swipe_end(const Swipe& swipe) override;
    void on_number_alone(unsigned number, Mono at) override;
    void on_exit_pressed(std::size_t door, Mono at) override;
    void on_passed(std::size_t door, Mono at) override;
    void on_action(const Action& action, Now now);

    template <typename Call>
    void tell_all(Call call);
    void watch_outputs();
    void try_reader(std::size_t reader);
    void start_stationd();
    void died();
    void strike(Blow blow);
    void run_until(Mono until);
    bool failed() const { return !result_.failed_oracle.empty(); }

    const Options options_;
    Story story_;
    testing::SimulatedStation station_;
    std::optional<Site> site_;
    std::optional<People> people_;
    std::optional<Centre> centre_;
    std::optional<Faults> faults_;
    std::optional<Scene> scene_;
    std::vector<std::unique_ptr<Oracle>> oracles_;
    simulated::Random dice_;
    Mono start_at_ = never;  // of a stationd that does not run
    int failed_starts_ = 0;  // in a row
    Mono second_;
    std::size_t troubles_seen_ = 0;
    Result result_;
};

}  // namespace yizhan::simulator
