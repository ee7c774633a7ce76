#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "firmware/station/record.h"
#include "hal/check.h"

namespace yizhan {

// Records on their way to screens: a ring that loses the oldest. No allocation.
class LiveRecords {
 public:
    static constexpr std::size_t capacity = 256;

    void add(const Record& record) {
        ring_[(first_ + count_) % capacity] = record;
        if (count_ < capacity) {
            ++count_;
            return;
        }
        first_ = (first_ + 1) % capacity;
        ++dropped_;
    }
    void clear() { count_ = dropped_ = 0; }
    bool empty() const { return count_ == 0; }
    const Record& take() {
        YZ_CHECK(count_ > 0);
        const Record& oldest = ring_[first_];
        first_ = (first_ + 1) % capacity;
        --count_;
        return oldest;
    }
    std::uint64_t take_dropped() { return std::exchange(dropped_, 0); }

 private:
    std::array<Record, capacity> ring_{};
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace yizhan
