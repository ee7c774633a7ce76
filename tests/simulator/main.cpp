#include <fmt/format.h>
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "tests/simulator/simulation.h"

int main(int argc, char** argv) {
    using namespace yizhan::simulator;
    CLI::App app{"simulate runs one world around a whole station, and tells how it broke."};
    std::uint64_t seed = 0;
    double days = 1;
    bool busy = false;
    bool aloud = false;
    app.add_option("seed", seed, "which world")->required();
    app.add_option("--days", days, "how long things may go wrong")
        ->capture_default_str()
        ->check(CLI::Range(0.01, 4000.0));
    app.add_flag("--busy", busy, "as many people as get through the doors");
    app.add_flag("-v,--verbose", aloud, "tell everything that happens");
    CLI11_PARSE(app, argc, argv);

    // One world takes and gives back the same memory over and over: not through the kernel.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);

    fmt::print("seed {}\n", seed);
    std::fflush(stdout);
    Simulation simulation(options_of(seed, days, busy), aloud);
    const Result result = simulation.run();
    if (!result.failed_oracle.empty()) {
        if (!aloud) fmt::print("{}", result.story);
        fmt::print("oracle {}: {}\nagain: {} {} --days {}{} -v\n", result.failed_oracle, result.failure, argv[0], seed,
                   days, busy ? " --busy" : "");
    }
    fmt::print("{:.2f} days, {} visits, {} faults\ndigest {:016x}\n", result.days, result.visits, result.faults,
               result.digest);
    return result.failed_oracle.empty() ? 0 : 1;
}
