#include "drivers/simulated/gpio.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {
namespace {

constexpr std::size_t edges_per_wake = 64;
constexpr std::size_t largest_edge_buffer = 1024;

std::string text_of_line(const LineName& name) { return "GPIO line " + name.chip + "/" + name.line; }

std::unexpected<Error> takes_no_level(const LineName& name) {
    return failure(text_of_line(name) + " does not take a level", "check that its chip is still there");
}

}  // namespace

class Gpio::Output final : public OutputLine {
 public:
    Output(Gpio& gpio, const LineName& name)
        : gpio_(gpio), name_(name), line_(gpio.lines_.at(name)), unplugged_(line_.unplugged) {}
    // The kernel promises nothing about the level afterwards; most keep it.
    ~Output() override { line_.holder.clear(); }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    Result<void> set(bool high) override {
        ++line_.output_calls;
        if (line_.output_fails || line_.unplugged != unplugged_) {
            return takes_no_level(name_);
        }
        gpio_.write(line_, high);
        return {};
    }

 private:
    Gpio& gpio_;
    LineName name_;
    Line& line_;
    std::uint32_t unplugged_;  // as it was requested
};

class Gpio::Inputs final : public InputLines {
 public:
    Inputs(Gpio& gpio, std::span<const LineName> names, EdgeKind edges, std::size_t buffer)
        : gpio_(gpio), names_(names.begin(), names.end()), edges_(edges), buffer_(buffer) {
        for (std::size_t i = 0; i < names_.size(); ++i) {
            Line& line = gpio_.lines_.at(names_[i]);
            line.inputs = this;
            line.index = static_cast<std::uint8_t>(i);
            lines_.push_back(&line);
        }
        gpio_.requests_.push_back(this);
    }
    ~Inputs() override {
        std::erase(gpio_.requests_, this);
        for (Line* line : lines_) {
            line->holder.clear();
            line->inputs = nullptr;
        }
    }
    Inputs(const Inputs&) = delete;
    Inputs& operator=(const Inputs&) = delete;

    void start(EdgeListener& listener) override {
        listener_ = &listener;
        waiting_.clear();
    }

    Result<std::uint64_t> levels() const override {
        std::uint64_t levels = 0;
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            if (!there_ || lines_[i]->level_fails) {
                return failure(text_of_line(names_[i]) + " cannot be read", "check that its chip is still there");
            }
            levels |= std::uint64_t{lines_[i]->level} << i;
        }
        return levels;
    }

    void edge(Line& line, bool rising, Mono at) {
        if (!there_ || (rising && edges_ == EdgeKind::falling)) return;
        if (line.to_lose > 0 && line.lose_after > 0) {
            --line.lose_after;
        } else if (line.to_lose > 0) {
            --line.to_lose;
            if (line.loss == Loss::counted) ++sequence_;
            return;
        }
        waiting_.push_back({.line = line.index, .rising = rising, .at = at, .sequence = ++sequence_});
        if (waiting_.size() > buffer_) waiting_.pop_front();
    }

    void lose(Mono at) {
        there_ = false;
        waiting_.clear();
        sequence_ = 0;
        tell_at_ = at;
        back_at_ = never;
    }
    void come_back(Mono at) { back_at_ = std::chrono::floor<seconds>(at) + seconds{1}; }
    bool on_chip(const std::string& chip) const { return names_.front().chip == chip; }

    Mono due() const {
        if (listener_ == nullptr) return never;
        return std::min({tell_at_, back_at_, waiting_.empty() ? never : waiting_.front().at});
    }

    void deliver(std::size_t most, Now now) {
        if (tell_at_ <= now.mono) {
            tell_at_ = never;
            listener_->on_lost(now);
        }
        if (back_at_ <= now.mono) {
            back_at_ = never;
            there_ = true;
        }
        std::array<Edge, edges_per_wake> batch;
        while (most > 0 && due() <= now.mono) {
            std::size_t count = 0;
            while (count < std::min(most, batch.size()) && due() <= now.mono) {
                batch[count++] = waiting_.front();
                waiting_.pop_front();
            }
            most -= count;
            listener_->on_edges(std::span(batch).first(count), now);
        }
    }

 private:
    Gpio& gpio_;
    std::vector<LineName> names_;
    std::vector<Line*> lines_;
    EdgeKind edges_;
    std::size_t buffer_;
    EdgeListener* listener_ = nullptr;
    std::deque<Edge> waiting_;  // at most buffer_
    std::uint32_t sequence_ = 0;
    bool there_ = true;  // its chip
    Mono tell_at_ = never;
    Mono back_at_ = never;
};

Gpio::Gpio() = default;

Gpio::~Gpio() {
    YZ_CHECK(requests_.empty());  // lines refer to this
}

Result<void> Gpio::hold(const LineName& name, std::string_view holder) {
    Line& line = lines_[name];
    if (line.missing || unplugged_.contains(name.chip)) {
        return failure("there is no " + text_of_line(name), "check chip label and line name in the settings");
    }
    if (!line.holder.empty()) {
        return failure(text_of_line(name) + " is already held by " + line.holder,
                       "use each line once in the settings, and stop the program that holds it");
    }
    line.holder = holder;
    return {};
}

Result<std::unique_ptr<OutputLine>> Gpio::request_output(const LineName& name, bool high) {
    if (auto held_now = hold(name, "this program as an output"); !held_now) return std::unexpected(held_now.error());
    set_output(lines_.at(name), high);
    return std::make_unique<Output>(*this, name);
}

Result<std::unique_ptr<InputLines>> Gpio::request_inputs(std::span<const LineName> names, EdgeKind edges, Bias bias,
                                                         std::uint16_t buffer) {
    YZ_CHECK(!names.empty() && names.size() <= 64);
    YZ_CHECK(buffer >= 1 && buffer <= largest_edge_buffer);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (auto held_now = hold(names[i], "this program as an input"); !held_now) {
            for (const auto& taken : names.first(i)) lines_.at(taken).holder.clear();
            return std::unexpected(held_now.error());
        }
    }
    for (const auto& name : names) {
        Line& line = lines_.at(name);
        if (!line.driven) line.level = bias != Bias::pull_down;
    }
    return std::make_unique<Inputs>(*this, names, edges, buffer);
}

Result<void> Gpio::set_beside(const LineName& name, bool high) {
    if (!takes_levels(name)) return takes_no_level(name);
    write(lines_[name], high);
    return {};
}

void Gpio::write(Line& line, bool high) {
    if (frozen_) return;
    if (on_write_) on_write_();
    if (frozen_) return;
    if (line.writes_to_lose > 0) {
        --line.writes_to_lose;
    } else {
        set_output(line, high);
    }
}

void Gpio::set_output(Line& line, bool high) {
    const bool first = !std::exchange(line.driven, true);
    if (!first && line.level == high) return;
    line.level = high;
    ++line.output_changes;
    for (const auto& observer : line.observers) observer(high);
}

Mono Gpio::next_deadline() const {
    Mono due = never;
    for (const Inputs* request : requests_) due = std::min(due, request->due());
    return due;
}

void Gpio::advance(Now now) {
    for (std::size_t i = 0; i < requests_.size(); ++i) requests_[i]->deliver(per_turn_, now);
}

void Gpio::drive(const LineName& name, bool high, Mono at) {
    Line& line = lines_[name];
    if (line.is_cut) return;
    line.driven = true;
    if (std::exchange(line.level, high) == high) return;
    if (line.inputs != nullptr) line.inputs->edge(line, high, at);
}

const Gpio::Line* Gpio::find(const LineName& name) const {
    const auto found = lines_.find(name);
    return found == lines_.end() ? nullptr : &found->second;
}

bool Gpio::level(const LineName& name) const {
    const Line* line = find(name);
    return line != nullptr && line->level;
}

bool Gpio::held(const LineName& name) const {
    const Line* line = find(name);
    return line != nullptr && !line->holder.empty();
}

void Gpio::observe(const LineName& name, std::function<void(bool)> observer) {
    lines_[name].observers.push_back(std::move(observer));
}

bool Gpio::takes_levels(const LineName& name) const {
    const Line* line = find(name);
    return !unplugged_.contains(name.chip) && (line == nullptr || !line->output_fails);
}

std::uint64_t Gpio::output_calls(const LineName& name) const {
    const Line* line = find(name);
    return line == nullptr ? 0 : line->output_calls;
}

std::uint64_t Gpio::output_changes(const LineName& name) const {
    const Line* line = find(name);
    return line == nullptr ? 0 : line->output_changes;
}

void Gpio::take(const LineName& name, std::string_view holder) { lines_[name].holder = holder; }
void Gpio::give_back(const LineName& name) { lines_[name].holder.clear(); }
void Gpio::remove(const LineName& name) { lines_[name].missing = true; }
void Gpio::unplug(const std::string& chip, Mono at) {
    unplugged_.insert(chip);
    for (auto& [name, line] : lines_) {
        if (name.chip == chip) ++line.unplugged;
    }
    for (Inputs* request : requests_) {
        if (request->on_chip(chip)) request->lose(at);
    }
}

void Gpio::plug_in(const std::string& chip, Mono at) {
    unplugged_.erase(chip);
    for (Inputs* request : requests_) {
        if (request->on_chip(chip)) request->come_back(at);
    }
}

void Gpio::let_fall(const LineName& name, bool level) { set_output(lines_[name], level); }
void Gpio::fail_output(const LineName& name, bool fails) { lines_[name].output_fails = fails; }
void Gpio::lose_writes(const LineName& name, std::uint32_t count) { lines_[name].writes_to_lose = count; }
void Gpio::fail_level(const LineName& name, bool fails) { lines_[name].level_fails = fails; }
void Gpio::cut(const LineName& name, bool is_cut) { lines_[name].is_cut = is_cut; }

void Gpio::lose_edges(const LineName& name, std::uint32_t count, Loss loss, std::uint32_t after) {
    Line& line = lines_[name];
    line.to_lose = count;
    line.lose_after = after;
    line.loss = loss;
}

}  // namespace yizhan::simulated
