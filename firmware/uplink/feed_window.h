#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "firmware/settings/delivery.h"
#include "hal/time.h"

namespace yizhan {

struct FeedBatch {
    std::uint32_t epoch = 0;
    std::uint64_t first = 0;
    std::uint64_t upto = 0;  // the last record in it
    std::string payload;
};

// Where the centre's knowledge ends.
struct FeedPosition {
    std::uint32_t epoch = 0;
    std::uint64_t upto = 0;
    bool operator==(const FeedPosition&) const = default;
};

// The guaranteed feed over one connection: batches go out in order, a few of them undelivered at a time; what is
// acknowledged is only ever the contiguous beginning. A batch that the broker refuses holds everything behind it back:
// from it on all is sent again, one batch at a time until one is taken. So records arrive in order, at least once, with
// repetitions after a refusal only. With Delivery::broker it is a refusal too that nobody listens: the broker keeps
// nothing then. Pure.
//
// The window begins with one batch, and widens by each that the broker answers promptly; one that it does not narrows
// it to one again. What is in it lies before everything else in the connection's queue: on a slow link an alarm waits
// for one batch, and the broker is not taken for stalled.
//
// With Delivery::collector the broker's answers only tell that it does not refuse; batches leave when the centre
// acknowledges them. Then a second window of the same kind counts those: it begins with one batch and widens by each
// that is acknowledged. Thousands of stations that come back at once send as fast as the centre's database takes it,
// and no broker's queue overflows.
class FeedWindow {
 public:
    static constexpr std::size_t most_unanswered = 8;  // by the broker
    static constexpr milliseconds prompt{500};
    static constexpr std::size_t capacity = 16;  // also the most that is undelivered to a collector

    explicit FeedWindow(Delivery delivery) : delivery_(delivery) {}

    bool full() const { return batches_.size() >= capacity; }
    bool low() const { return batches_.size() <= capacity / 4; }
    bool empty() const { return batches_.empty(); }
    // Not while full().
    void add(FeedBatch batch);

    // What may go out now, or null.
    const FeedBatch* next() const;
    // The one next() gave is out under this id.
    void sent(int message_id, Mono now);
    // Something is out that the centre has not acknowledged.
    bool waits_for_centre() const { return delivery_ == Delivery::collector && next_ > 0; }

    enum class Answer { not_ours, taken, refused };
    // `reason` as PUBACK of MQTT 5 has it.
    Answer answered(int message_id, int reason, Mono now);
    // The centre has everything up to there. It counts for what is out on this connection and for nothing behind it: a
    // centre that has more already says so again when it gets more. False: that is nothing new.
    bool delivered(FeedPosition upto);
    // After a refusal nothing goes out until this is called.
    void retry() { held_ = false; }
    // Refused, and nothing was taken since.
    bool refused() const { return refusal_ != 0; }
    bool unheard() const { return refusal_ == no_subscribers; }  // nobody has subscribed

    // The end of the contiguous beginning, if it moved since it was last asked for.
    std::optional<FeedPosition> take_acknowledged();

    // Another connection begins, or the feed goes back: answers to what went out before mean nothing, the log says
    // where to go on.
    void clear();

 private:
    struct Slot {
        FeedBatch batch;
        int message_id = 0;  // 0: not out
        Mono sent_at{};
        bool taken = false;
    };

    static constexpr int no_subscribers = 0x10;

    void drop_front();

    const Delivery delivery_;
    std::deque<Slot> batches_;
    std::size_t next_ = 0;  // everything before it is out
    std::size_t broker_width_ = 1;  // of what it has not answered
    std::size_t centre_width_ = 1;  // of what a collector has not acknowledged
    bool held_ = false;
    int refusal_ = 0;  // its reason
    std::optional<FeedPosition> delivered_;  // on this connection, by the centre's word
    std::optional<FeedPosition> acknowledged_;
};

}  // namespace yizhan
