#include "drivers/meters/energy_count.h"

#include <utility>

namespace yizhan {

void EnergyCount::count(std::uint64_t counter, std::uint64_t step, Mono now) {
    const auto last = std::exchange(last_, counter);
    const Mono since = std::exchange(at_, now);
    if (!last) return;
    const std::uint64_t steps = counter >= *last ? counter - *last : full_ - *last + counter;
    const auto passed = std::chrono::duration_cast<milliseconds>(now - since);
    // One step more: it may have been all but due.
    const std::uint64_t most = most_milliwatts * static_cast<std::uint64_t>(passed.count()) + step;
    if (steps > most / (step == 0 ? 1 : step)) return;
    microjoules_ += steps * step;
}

}  // namespace yizhan
