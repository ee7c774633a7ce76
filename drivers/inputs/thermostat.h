#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "hal/contact.h"
#include "hal/thermometer.h"
#include "hal/time.h"

namespace yizhan {

// A contact that a temperature closes. Unknown before the first one, and while the thermometer is silent.
class Thermostat final : public Contact, private ThermometerListener {
 public:
    static constexpr seconds silent_after{10};

    Thermostat(std::unique_ptr<Thermometer> thermometer, TemperatureLimit at);

    void start(ContactListener& listener, Now now) override;
    ContactStatus status() const override;
    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    void on_temperature(Thermometer& thermometer, const Temperature& temperature, Now now) override;
    void become(std::optional<bool> active, Now now);

    std::unique_ptr<Thermometer> thermometer_;
    TemperatureLimit at_;
    ContactListener* listener_ = nullptr;
    std::optional<bool> active_;
    std::uint64_t changes_ = 0;
    Mono heard_;  // the last time; at first, when it was started
    bool silent_ = false;
};

}  // namespace yizhan
