// A debounced contact on a simulated line, and somebody who writes down what it reports.
#pragma once

#include <memory>
#include <vector>

#include "drivers/inputs/debounced_contact.h"
#include "drivers/simulated/gpio.h"
#include "hal/check.h"

namespace yizhan::testing {

inline const LineName contact_line{"gpiochip0", "DOOR1_CONTACT"};

class ContactReports final : public ContactListener {
 public:
    void on_contact(Contact&, std::optional<bool> active, Now now) override {
        last_at = now.mono;
        if (active) {
            reports.push_back(*active);
        } else {
            ++unknown;
        }
    }
    std::size_t unknown = 0;  // reports of it
    std::vector<bool> reports;
    Mono last_at;
};

inline std::unique_ptr<DebouncedContact> make_contact(simulated::Gpio& gpio, bool active_high, milliseconds debounce) {
    auto line = gpio.request_inputs(std::span(&contact_line, 1), EdgeKind::both, Bias::as_is, 64);
    YZ_CHECK(line.has_value());
    return std::make_unique<DebouncedContact>(std::move(*line), active_high, debounce);
}

}  // namespace yizhan::testing
