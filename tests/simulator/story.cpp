#include "tests/simulator/story.h"

#include <fmt/format.h>

#include <cstdio>

#include "drivers/simulated/scheduler.h"

namespace yizhan::simulator {

std::string moment(Mono at) {
    const auto ms = std::chrono::duration_cast<milliseconds>(at - simulated::Scheduler::start_mono).count();
    const auto s = ms / 1000;
    return fmt::format("d{:02} {:02}:{:02}:{:02}.{:03}", s / 86400, s / 3600 % 24, s / 60 % 60, s % 60, ms % 1000);
}

void Story::tell(Mono at, std::string_view what) {
    const auto eat = [this](std::uint8_t byte) { digest_ = (digest_ ^ byte) * 0x100000001b3; };
    for (auto left = static_cast<std::uint64_t>(at.time_since_epoch().count()); left != 0; left >>= 8) {
        eat(static_cast<std::uint8_t>(left & 0xff));
    }
    for (const char c : what) eat(static_cast<std::uint8_t>(c));
    ++lines_;
    newest_.push_back(fmt::format("{}  {}\n", moment(at), what));
    if (aloud_) std::fputs(newest_.back().c_str(), stdout);
    if (newest_.size() > longest_memory) newest_.pop_front();
}

std::string Story::end() const {
    std::string all;
    for (const auto& line : newest_) all += line;
    return all;
}

}  // namespace yizhan::simulator
