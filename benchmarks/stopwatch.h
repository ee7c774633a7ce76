// Times single operations of some hundred nanoseconds. Batches would be more exact on average but hide what matters at
// a door: the slow ones. So each operation is timed by itself with the CPU's own counter, fenced so that nothing drifts
// across, and the median cost of an empty measurement is taken off every sample.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace yizhan::benchmarks {

inline std::uint64_t ticks() {
#if defined(__x86_64__)
    _mm_lfence();
    const std::uint64_t now = __rdtsc();
    _mm_lfence();
    return now;
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

struct Percentiles {
    double p50 = 0;
    double p99 = 0;
    double p999 = 0;
};

class Stopwatch {
 public:
    Stopwatch() {
        const auto clock_begin = std::chrono::steady_clock::now();
        const auto ticks_begin = ticks();
        while (std::chrono::steady_clock::now() - clock_begin < std::chrono::milliseconds(50)) {
        }
        const auto ticks_spent = ticks() - ticks_begin;
        const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - clock_begin;
        nanoseconds_per_tick_ = spent.count() / static_cast<double>(ticks_spent);
        std::vector<std::uint64_t> empty(10001);
        for (auto& sample : empty) {
            const auto begin = ticks();
            sample = ticks() - begin;
        }
        std::ranges::nth_element(empty, empty.begin() + 5000);
        overhead_ = empty[5000];
    }

    double overhead_nanoseconds() const { return static_cast<double>(overhead_) * nanoseconds_per_tick_; }

    // `prepare(i)` is not timed, `operate(prepared)` is.
    template <class Prepare, class Operate>
    Percentiles measure(std::size_t samples, Prepare prepare, Operate operate) const {
        std::vector<std::uint64_t> spent(samples);
        for (std::size_t i = 0; i < samples; ++i) {
            const auto prepared = prepare(i);
            const auto begin = ticks();
            operate(prepared);
            const auto end = ticks();
            spent[i] = end - begin > overhead_ ? end - begin - overhead_ : 0;
        }
        std::ranges::sort(spent);
        const auto at = [&](double part) {
            const auto position = static_cast<std::size_t>(part * static_cast<double>(samples - 1));
            return static_cast<double>(spent[position]) * nanoseconds_per_tick_;
        };
        return {at(0.5), at(0.99), at(0.999)};
    }

 private:
    double nanoseconds_per_tick_ = 1;
    std::uint64_t overhead_ = 0;
};

}  // namespace yizhan::benchmarks
