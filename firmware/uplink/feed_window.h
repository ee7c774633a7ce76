#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace yizhan {

struct FeedBatch {
    std::uint32_t epoch = 0;
    std::uint64_t upto = 0;  // the last record in it
    std::string payload;
};

// Where the centre's knowledge ends.
struct FeedPosition {
    std::uint32_t epoch = 0;
    std::uint64_t upto = 0;
    bool operator==(const FeedPosition&) const = default;
};

// The guaranteed feed over one connection: batches go out in order, a few unanswered at a time; what is acknowledged is
// only ever the contiguous beginning. A batch that the broker refuses holds everything behind it back: from it on all
// is sent again, one batch at a time until one is taken. So records arrive in order, at least once, with repetitions
// after a refusal only. Pure.
class FeedWindow {
 public:
    static constexpr std::size_t most_unanswered = 8;
    static constexpr std::size_t capacity = 16;

    bool full() const { return batches_.size() >= capacity; }
    bool empty() const { return batches_.empty(); }
    std::size_t size() const { return batches_.size(); }
    // Not while full().
    void add(FeedBatch batch);

    // What may go out now, or null.
    const FeedBatch* next() const;
    // The one next() gave is out under this id.
    void sent(int message_id);

    enum class Answer { not_ours, taken, refused };
    // `reason` as PUBACK has it.
    Answer answered(int message_id, int reason);
    // After a refusal nothing goes out until this is called.
    void retry() { held_ = false; }
    // Refused, and nothing was taken since.
    bool refused() const { return probing_; }

    // The end of the contiguous beginning, if it moved since it was last asked for.
    std::optional<FeedPosition> take_acknowledged();

    // Another connection begins: answers of the former one mean nothing, the log says where to go on.
    void clear();

 private:
    struct Slot {
        FeedBatch batch;
        int message_id = 0;  // 0: not out
        bool taken = false;
    };

    std::deque<Slot> batches_;
    std::size_t next_ = 0;  // everything before it is out
    bool held_ = false;
    bool probing_ = false;
    std::optional<FeedPosition> acknowledged_;
};

}  // namespace yizhan
