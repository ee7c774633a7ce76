#include "drivers/ports/gpio/gpio_port.h"

#include <sys/epoll.h>

#include <array>
#include <utility>
#include <vector>

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

// What a request is made of, to make it again.
struct InputRequest {
    std::vector<LineName> names;
    EdgeKind edges;
    Bias bias;
    std::uint16_t buffer;
};

// Edges wake the loop. A chip that goes away does not on every kernel (Linux before 6.7), so a request is read once a
// second as well, which costs a system call and no traffic on the chip's bus; one that is lost is tried again then.
class KernelInputs final : public InputLines, private LoopMember {
 public:
    KernelInputs(SdEventLoop& loop, GpioChips& chips, InputRequest wanted, GpioChips::Inputs lines)
        : loop_(loop), chips_(chips), wanted_(std::move(wanted)), lines_(std::move(lines)) {}
    KernelInputs(const KernelInputs&) = delete;
    KernelInputs& operator=(const KernelInputs&) = delete;
    ~KernelInputs() override {
        if (listener_ != nullptr) loop_.leave(*this);
    }

    void start(EdgeListener& listener) override {
        listener_ = &listener;
        watch();
        loop_.join(*this);
    }
    Result<std::uint64_t> levels() const override {
        if (!lines_.request) return failure(lost_.what, lost_.cure);
        return levels_of(lines_.request.get(), lines_.offsets.size());
    }

 private:
    static constexpr seconds look{1};  // at whole ones, as outputs do

    Mono next_deadline() const override { return look_at_; }
    void advance(Now now) override {
        look_at_ = std::chrono::floor<seconds>(now.mono) + look;
        if (lines_.request) return take();
        auto again = chips_.request_inputs(wanted_.names, wanted_.edges, wanted_.bias, wanted_.buffer);
        if (!again) {
            lost_ = again.error();
            return;
        }
        lines_ = std::move(*again);
        watch();
    }
    void watch() {
        watch_ = loop_.watch(lines_.request.get(), EPOLLIN, [this](std::uint32_t) { take(); });
    }
    // One read a turn: whoever floods a line cannot hold up the rest. What does not fit waits in the kernel, and what
    // the kernel must drop shows as a hole in the sequence.
    void take() {
        const auto edges = read_edges(lines_.request.get(), lines_.offsets, edges_);
        if (!edges) {
            // Watching on would spin.
            watch_.reset();
            lines_.request.reset();
            lost_ = edges.error();
            return listener_->on_lost(loop_.now());
        }
        if (!edges->empty()) listener_->on_edges(*edges, loop_.now());
    }

    SdEventLoop& loop_;
    GpioChips& chips_;
    const InputRequest wanted_;
    GpioChips::Inputs lines_;  // no request while the chip is gone
    Error lost_;  // why there is none
    Mono look_at_;
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
    return std::make_unique<KernelInputs>(
        loop_, chips_, InputRequest{{names.begin(), names.end()}, edges, bias, buffer}, std::move(*lines));
}

}  // namespace yizhan
