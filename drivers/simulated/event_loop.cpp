#include "drivers/simulated/event_loop.h"

#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {

EventLoop::EventLoop(Scheduler& scheduler) : scheduler_(scheduler) { scheduler_.attach(*this); }

EventLoop::~EventLoop() { scheduler_.detach(*this); }

Now EventLoop::now() const {
    Now now = scheduler_.now();
    now.wall = floor_.apply(now.wall, now.wall_trusted, now.mono);
    return now;
}

void EventLoop::post(std::function<void()> task) {
    YZ_CHECK(ready_.size() < most_waiting);
    ready_.push_back({nullptr, std::move(task)});
}

void EventLoop::run_turn() {
    dispatch();
    members_.finish_turn(now());
}

void EventLoop::dispatch() {
    YZ_CHECK(dispatching_.empty());  // no turn inside a turn
    std::swap(ready_, dispatching_);
    // Nothing is added to this turn's list, but a dying Wake blanks its place in it, also from inside its own call:
    // hence the call is made on a function that is not the Wake's at that moment.
    for (Ready& ready : dispatching_) {
        if (ready.wake != nullptr) {
            ready.wake->raised_ = false;
            std::swap(ready.task, ready.wake->on_ready_);
            ready.task();
            if (ready.wake != nullptr) std::swap(ready.task, ready.wake->on_ready_);
        } else if (ready.task) {
            ready.task();
        }
    }
    dispatching_.clear();
}

void Wake::raise() {
    if (raised_) return;
    raised_ = true;
    YZ_CHECK(loop_.ready_.size() < EventLoop::most_waiting);
    loop_.ready_.push_back({this, nullptr});
}

void Wake::cancel() {
    for (auto* list : {&loop_.ready_, &loop_.dispatching_}) {
        for (auto& ready : *list) {
            if (ready.wake == this) ready.wake = nullptr;
        }
    }
    raised_ = false;
}

}  // namespace yizhan::simulated
