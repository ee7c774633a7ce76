#include "drivers/simulated/wiegand_card.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {

std::string wiegand_frame(std::size_t length, std::uint64_t payload) {
    YZ_CHECK(length == 26 || length == 34 || length == 37);
    std::string bits(length, '0');
    for (std::size_t i = length - 2; i >= 1; --i, payload >>= 1) {
        if ((payload & 1) != 0) bits[i] = '1';
    }
    YZ_CHECK(payload == 0);
    const auto covered = static_cast<std::ptrdiff_t>((length - 1) / 2);
    const auto ones_in_first = std::count(bits.begin() + 1, bits.begin() + 1 + covered, '1');
    const auto ones_in_second = std::count(bits.end() - 1 - covered, bits.end() - 1, '1');
    if (ones_in_first % 2 != 0) bits.front() = '1';
    if (ones_in_second % 2 == 0) bits.back() = '1';
    return bits;
}

WiegandCard::WiegandCard(Gpio& gpio, LineName d0, LineName d1, WiegandTiming timing)
    : gpio_(gpio), d0_(std::move(d0)), d1_(std::move(d1)), timing_(timing) {
    YZ_CHECK(timing.pulse > microseconds{0} && timing.pulse < timing.spacing);
    gpio_.drive(d0_, true, Mono{});
    gpio_.drive(d1_, true, Mono{});
}

bool WiegandCard::present(std::string_view bits, Mono start) {
    YZ_CHECK(!bits.empty() && bits.size() <= 1024 && bits.find_first_not_of("01") == std::string_view::npos);
    if (sending()) return false;
    bits_ = bits;
    next_bit_ = 0;
    next_ = start;
    return true;
}

void WiegandCard::advance(Now now) {
    // Pulses are as long as they are, however late the world looks at them.
    while (next_ <= now.mono) {
        gpio_.drive(line_of_next_bit(), in_pulse_, next_);
        if (!in_pulse_) spoke_at_ = next_;
        in_pulse_ = !in_pulse_;
        if (in_pulse_) {
            next_ += timing_.pulse;
        } else if (++next_bit_ < bits_.size()) {
            next_ += timing_.spacing - timing_.pulse;
        } else {
            next_ = never;
        }
    }
}

}  // namespace yizhan::simulated
