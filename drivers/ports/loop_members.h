// The second half of a turn, the same for every EventLoop: advance who is due, settle everybody.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "hal/check.h"
#include "hal/event_loop.h"
#include "hal/time.h"

namespace yizhan {

// Members in the order in which they joined. A member may join or leave at any time, also from inside a call to itself
// or to another; one that left is not called any more. One thread. Allocates only when more members join than ever.
class LoopMembers {
 public:
    LoopMembers() = default;
    LoopMembers(const LoopMembers&) = delete;
    LoopMembers& operator=(const LoopMembers&) = delete;
    // Whoever is still here would later leave a loop that is gone.
    ~LoopMembers() { YZ_CHECK(empty()); }

    void join(LoopMember& member) {
        YZ_CHECK(std::find(members_.begin(), members_.end(), &member) == members_.end());
        members_.push_back(&member);
    }

    void leave(LoopMember& member) {
        const auto place = std::find(members_.begin(), members_.end(), &member);
        YZ_CHECK(place != members_.end());
        if (in_turn_) {
            *place = nullptr;  // somebody is walking over the list
            holes_ = true;
        } else {
            members_.erase(place);
        }
    }

    bool empty() const {
        return std::all_of(members_.begin(), members_.end(), [](const LoopMember* m) { return m == nullptr; });
    }

    Mono next_deadline() const {
        Mono earliest = never;
        for (const LoopMember* member : members_) {
            if (member != nullptr) earliest = std::min(earliest, member->next_deadline());
        }
        return earliest;
    }

    void finish_turn(Now now) {
        YZ_CHECK(!in_turn_);
        in_turn_ = true;
        for (int round = 0; round < max_rounds && advance_due(now); ++round) {
        }
        // By index: a member that joins while others settle is settled too.
        for (std::size_t i = 0; i < members_.size(); ++i) {
            if (members_[i] != nullptr) members_[i]->settle(now);
        }
        in_turn_ = false;
        if (std::exchange(holes_, false)) std::erase(members_, nullptr);
    }

 private:
    // One member's work may make another due. Whoever is still due after so many rounds has its next chance in the
    // next turn, which follows at once: input is not starved by members that keep each other busy.
    static constexpr int max_rounds = 8;

    bool advance_due(Now now) {
        bool any = false;
        for (std::size_t i = 0; i < members_.size(); ++i) {
            if (members_[i] != nullptr && members_[i]->next_deadline() <= now.mono) {
                members_[i]->advance(now);
                any = true;
            }
        }
        return any;
    }

    std::vector<LoopMember*> members_;
    bool in_turn_ = false;
    bool holes_ = false;  // left by whoever left during a turn
};

}  // namespace yizhan
