#include "drivers/ports/watched_gpio.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace yizhan {
namespace {

constexpr minutes one_minute{1};

}  // namespace

class WatchedGpio::Output final : public OutputLine {
 public:
    Output(std::unique_ptr<OutputLine> line, Line& watched) : line_(std::move(line)), watched_(watched) {}

    Result<void> set(bool high) override {
        auto done = line_->set(high);
        if (!done) {
            ++watched_.seen.errors;
            watched_.seen.problem = done.error().what;
            return done;
        }
        watched_.seen.problem.clear();
        if (std::exchange(watched_.seen.high, high) != high) ++watched_.seen.edges;
        return done;
    }

 private:
    std::unique_ptr<OutputLine> line_;
    Line& watched_;
};

class WatchedGpio::Inputs final : public InputLines, private EdgeListener {
 public:
    Inputs(std::unique_ptr<InputLines> lines, std::vector<Line*> watched)
        : lines_(std::move(lines)), watched_(std::move(watched)) {
        for (std::size_t i = 0; i < watched_.size(); ++i) {
            watched_[i]->inputs = lines_.get();
            watched_[i]->index = i;
        }
    }
    Inputs(const Inputs&) = delete;
    Inputs& operator=(const Inputs&) = delete;
    ~Inputs() override {
        for (Line* line : watched_) line->inputs = nullptr;
    }

    void start(EdgeListener& listener) override {
        listener_ = &listener;
        lines_->start(*this);
    }
    Result<std::uint64_t> levels() const override { return lines_->levels(); }

 private:
    void on_edges(std::span<const Edge> edges, Now now) override {
        for (const Edge& edge : edges) watched_[edge.line]->count(edge.at);
        listener_->on_edges(edges, now);
    }
    void on_lost(Now now) override { listener_->on_lost(now); }

    std::unique_ptr<InputLines> lines_;
    std::vector<Line*> watched_;
    EdgeListener* listener_ = nullptr;
};

void WatchedGpio::Line::count(Mono at) {
    if (!seen.last_edge || at - minute >= one_minute) {
        last_minute = seen.last_edge && at - minute < 2 * one_minute ? this_minute : 0;
        this_minute = 0;
        minute = at;
    }
    ++this_minute;
    ++seen.edges;
    seen.last_edge = at;
}

std::uint64_t WatchedGpio::Line::per_minute(Mono now) const {
    const auto age = now - minute;
    if (!seen.last_edge || age >= 2 * one_minute) return 0;
    return age >= one_minute ? this_minute : std::max(this_minute, last_minute);
}

Result<std::unique_ptr<OutputLine>> WatchedGpio::request_output(const LineName& name, bool high) {
    auto line = gpio_.request_output(name, high);
    if (!line) return line;
    Line& watched = lines_[name] = Line{};
    watched.seen.output = true;
    watched.seen.high = high;
    return std::make_unique<Output>(std::move(*line), watched);
}

Result<std::unique_ptr<InputLines>> WatchedGpio::request_inputs(std::span<const LineName> names, EdgeKind edges,
                                                                Bias bias, std::uint16_t buffer) {
    auto lines = gpio_.request_inputs(names, edges, bias, buffer);
    if (!lines) return lines;
    std::vector<Line*> watched;
    for (const LineName& name : names) watched.push_back(&(lines_[name] = Line{}));
    return std::make_unique<Inputs>(std::move(*lines), std::move(watched));
}

LineActivity WatchedGpio::activity(const LineName& name, Now now) const {
    const auto found = lines_.find(name);
    if (found == lines_.end()) return {};
    const Line& line = found->second;
    LineActivity seen = line.seen;
    if (line.inputs == nullptr) return seen;
    seen.per_minute = line.per_minute(now.mono);
    auto levels = line.inputs->levels();
    if (levels) {
        seen.high = (*levels >> line.index & 1) != 0;
    } else {
        seen.problem = std::move(levels.error().what);
    }
    return seen;
}

}  // namespace yizhan
