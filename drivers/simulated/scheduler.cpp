#include "drivers/simulated/scheduler.h"

#include <algorithm>
#include <utility>

#include "drivers/simulated/event_loop.h"
#include "hal/check.h"

namespace yizhan::simulated {

Scheduler::~Scheduler() { YZ_CHECK(loops_.empty()); }

Wall Scheduler::wall_clock() const {
    const nanoseconds passed = mono_ - wall_set_at_;
    // Per microsecond, and only where needed: a product of nanoseconds would overflow within weeks.
    const nanoseconds drift = drift_ppm_ == 0 ? nanoseconds{0} : nanoseconds{passed.count() / 1'000'000 * drift_ppm_};
    return wall_ + std::chrono::floor<milliseconds>(passed + drift);
}

void Scheduler::rebase_wall(Wall wall) {
    wall_ = wall;
    wall_set_at_ = mono_;
}

void Scheduler::set_wall_drift(int parts_per_million) {
    rebase_wall(wall_clock());
    drift_ppm_ = parts_per_million;
}

bool Scheduler::runs_later(const Task& a, const Task& b) {
    return a.when != b.when ? a.when > b.when : a.number > b.number;
}

void Scheduler::at(Mono when, std::function<void()> task) {
    tasks_.push_back({std::max(when, mono_), tasks_given_++, std::move(task)});
    std::push_heap(tasks_.begin(), tasks_.end(), runs_later);
}

void Scheduler::run_first_task() {
    std::pop_heap(tasks_.begin(), tasks_.end(), runs_later);
    const auto run = std::move(tasks_.back().run);
    tasks_.pop_back();
    run();
}

void Scheduler::attach(EventLoop& loop) { loops_.push_back(&loop); }

void Scheduler::detach(EventLoop& loop) { std::erase(loops_, &loop); }

void Scheduler::go_to(Mono when) {
    if (when > mono_) {
        mono_ = when;
        steps_at_this_instant_ = 0;
    }
}

bool Scheduler::step(Mono latest) {
    // Deadlines are asked anew each time: anything that ran may have moved anybody's.
    const Mono task = tasks_.empty() ? never : tasks_.front().when;
    const Mono world = std::max(world_.next_deadline(), mono_);
    Mono loop = never;
    std::size_t which = 0;
    // Nobody is due before now: whoever is first in turn and due has it.
    const bool taken = std::min(task, world) <= mono_;
    for (std::size_t i = 0; i < loops_.size() && !taken && loop > mono_; ++i) {
        const std::size_t candidate = (next_loop_ + i) % loops_.size();
        const Mono due = std::max(loops_[candidate]->next_turn(), mono_);
        if (due < loop) {
            loop = due;
            which = candidate;
        }
    }
    const Mono first = std::min({task, world, loop});
    if (first == never || first > latest) return false;
    go_to(first);
    ++steps_;
    YZ_CHECK(++steps_at_this_instant_ <= longest_instant);
    if (task == first) {
        run_first_task();
    } else if (world == first) {
        world_.finish_turn(now());
    } else {
        next_loop_ = which + 1;
        loops_[which]->run_turn();
    }
    return true;
}

void Scheduler::run_until(Mono until) {
    while (step(until)) {
    }
    go_to(until);
}

bool Scheduler::run_while(const std::function<bool()>& condition, milliseconds limit) {
    const Mono latest = mono_ + limit;
    while (condition()) {
        if (!step(latest)) {
            go_to(latest);
            return !condition();
        }
    }
    return true;
}

}  // namespace yizhan::simulated
