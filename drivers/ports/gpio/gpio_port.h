// GpioPort over the kernel's GPIO character devices.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/gpio.h"
#include "drivers/ports/gpio/gpio_chips.h"
#include "drivers/ports/unique_fd.h"

namespace yizhan {

// Loop thread only. Outlives its lines.
class KernelGpio final : public GpioPort {
 public:
    explicit KernelGpio(SdEventLoop& loop) : loop_(loop), chips_("stationd") {}

    // An output that somebody held for us until now (station-failsafe): used instead of a request of our own, so that
    // it is never let go in between. Once per name, before it is asked for.
    void take_over(const LineName& name, UniqueFd line);
    // Outputs that nobody had handed over.
    const std::vector<LineName>& own_outputs() const { return own_outputs_; }

    Result<std::unique_ptr<OutputLine>> request_output(const LineName& name, bool high) override;
    Result<std::unique_ptr<InputLines>> request_inputs(std::span<const LineName> names, EdgeKind edges, Bias bias,
                                                       std::uint16_t buffer) override;

 private:
    SdEventLoop& loop_;
    GpioChips chips_;
    std::map<LineName, UniqueFd> handed_;
    std::vector<LineName> own_outputs_;  // as many as there are outputs at most
};

}  // namespace yizhan
