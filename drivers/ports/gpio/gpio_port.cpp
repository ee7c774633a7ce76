#include "drivers/ports/gpio/gpio_port.h"

#include <sys/epoll.h>

#include <array>

#include "drivers/ports/gpio/line_request.h"
#include "hal/check.h"

namespace yizhan {
namespace {

class KernelOutput final : public OutputLine {
 public:
    explicit KernelOutput(UniqueFd line) : line_(std::move(line)) {}
    Result<void> set(bool high) override { return set_level(line_.get(), high); }

 private:
    UniqueFd line_;
};

class KernelInputs final : public InputLines {
 public:
    KernelInputs(SdEventLoop& loop, GpioChips::Inputs lines) : loop_(loop), lines_(std::move(lines)) {}

    void start(EdgeListener& listener) override {
        listener_ = &listener;
        watch_ = loop_.watch(lines_.request.get(), EPOLLIN, [this](std::uint32_t) { take(); });
    }
    Result<std::uint64_t> levels() const override { return levels_of(lines_.request.get(), lines_.offsets.size()); }

 private:
    // One read a turn: whoever floods a line cannot hold up the rest. What does not fit waits in the kernel, and what
    // the kernel must drop shows as a hole in the sequence.
    void take() {
        const auto edges = read_edges(lines_.request.get(), lines_.offsets, edges_);
        if (!edges) {
            // The chip is gone. Watching on would spin; the driver learns of it when it asks for the level.
            watch_.reset();
            return;
        }
        if (!edges->empty()) listener_->on_edges(*edges, loop_.now());
    }

    SdEventLoop& loop_;
    GpioChips::Inputs lines_;
    std::array<Edge, max_edges_per_read> edges_;
    EdgeListener* listener_ = nullptr;
    std::unique_ptr<FdWatch> watch_;
};

}  // namespace

void KernelGpio::take_over(const LineName& name, UniqueFd line) {
    YZ_CHECK(handed_.emplace(name, std::move(line)).second);
}

Result<std::unique_ptr<OutputLine>> KernelGpio::request_output(const LineName& name, bool high) {
    if (auto handed = handed_.extract(name)) {
        if (const auto set = set_level(handed.mapped().get(), high); !set) {
            return failure("line " + name.chip + ":" + name.line + ": " + set.error().what, set.error().cure);
        }
        return std::make_unique<KernelOutput>(std::move(handed.mapped()));
    }
    auto line = chips_.request_output(name, high);
    if (!line) return std::unexpected(line.error());
    own_outputs_.push_back(name);
    return std::make_unique<KernelOutput>(std::move(*line));
}

Result<std::unique_ptr<InputLines>> KernelGpio::request_inputs(std::span<const LineName> names, EdgeKind edges,
                                                               Bias bias, std::uint16_t buffer) {
    auto lines = chips_.request_inputs(names, edges, bias, buffer);
    if (!lines) return std::unexpected(lines.error());
    return std::make_unique<KernelInputs>(loop_, std::move(*lines));
}

}  // namespace yizhan
