#include "firmware/uplink/feed_window.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {

void FeedWindow::add(FeedBatch batch) {
    YZ_CHECK(!full());
    batches_.push_back({.batch = std::move(batch)});
}

const FeedBatch* FeedWindow::next() const {
    if (held_ || next_ == batches_.size()) return nullptr;
    if (delivery_ == Delivery::collector && next_ >= centre_width_) return nullptr;
    const auto unanswered = std::count_if(batches_.begin(), batches_.begin() + static_cast<std::ptrdiff_t>(next_),
                                          [](const Slot& slot) { return !slot.taken; });
    return static_cast<std::size_t>(unanswered) < broker_width_ ? &batches_[next_].batch : nullptr;
}

void FeedWindow::sent(int message_id, Mono now) {
    YZ_CHECK(next_ < batches_.size() && message_id != 0);
    batches_[next_].message_id = message_id;
    batches_[next_++].sent_at = now;
}

FeedWindow::Answer FeedWindow::answered(int message_id, int reason, Mono now) {
    const auto found = std::ranges::find_if(
        batches_, [&](const Slot& slot) { return message_id != 0 && slot.message_id == message_id; });
    if (found == batches_.end() || found->taken) return Answer::not_ours;
    if (reason >= 0x80 || (reason == no_subscribers && delivery_ == Delivery::broker)) {
        next_ = static_cast<std::size_t>(found - batches_.begin());
        std::for_each(found, batches_.end(), [](Slot& slot) {
            slot.message_id = 0;
            slot.taken = false;
        });
        held_ = true;
        refusal_ = reason;
        broker_width_ = 1;
        return Answer::refused;
    }
    found->taken = true;
    broker_width_ = now - found->sent_at <= prompt ? std::min(broker_width_ + 1, most_unanswered) : 1;
    refusal_ = 0;
    while (delivery_ == Delivery::broker && !batches_.empty() && batches_.front().taken) {
        acknowledged_ = {.epoch = batches_.front().batch.epoch, .upto = batches_.front().batch.upto};
        drop_front();
    }
    return Answer::taken;
}

bool FeedWindow::delivered(FeedPosition upto) {
    if (!waits_for_centre()) return false;
    const FeedBatch& last_out = batches_[next_ - 1].batch;
    upto.upto = std::min(upto.upto, last_out.upto);
    const std::uint64_t before = delivered_ ? delivered_->upto : batches_.front().batch.first - 1;
    if (upto.epoch != last_out.epoch || upto.upto <= before) return false;
    while (next_ > 0 && batches_.front().batch.upto <= upto.upto) {
        drop_front();
        centre_width_ = std::min(centre_width_ + 1, capacity);
    }
    delivered_ = acknowledged_ = upto;
    return true;
}

void FeedWindow::drop_front() {
    batches_.pop_front();
    --next_;
}

std::optional<FeedPosition> FeedWindow::take_acknowledged() { return std::exchange(acknowledged_, std::nullopt); }

void FeedWindow::clear() {
    batches_.clear();
    next_ = 0;
    broker_width_ = centre_width_ = 1;
    held_ = false;
    refusal_ = 0;
    delivered_.reset();
    acknowledged_.reset();
}

}  // namespace yizhan
