#include "firmware/control/log_pages.h"

#include <algorithm>
#include <utility>

#include "firmware/control/protocol.h"
#include "hal/check.h"

namespace yizhan {
namespace {

// After a page that failed or held nothing new.
constexpr seconds feed_pause{1};

}  // namespace

void LogPages::follow(std::uint64_t seq) {
    following_ = true;
    sent_ = seq;
    ++generation_;
    retry_at_ = never;
}

bool LogPages::ask(LogRequest request) {
    if (busy()) return false;
    waiting_ = std::move(request);
    return true;
}

std::optional<LogQuery> LogPages::next_query(std::uint64_t stored, bool room, Mono now) {
    if (retry_at_ <= now) retry_at_ = never;
    if (under_way_ || answer_) return std::nullopt;
    if (waiting_) {
        answering_ = std::exchange(waiting_, std::nullopt);
        under_way_ = true;
        LogQuery query = answering_->query;
        ++query.limit;
        return query;
    }
    const bool pausing = retry_at_ != never;
    if (!following_ || pausing || !room || sent_ >= stored) return std::nullopt;
    asked_generation_ = generation_;
    under_way_ = true;
    return LogQuery{.after_seq = sent_, .from = {}, .to = {}, .type = {}, .door = {}, .limit = feed_batch_limit};
}

void LogPages::answered(Result<std::vector<LogRow>> rows) {
    YZ_CHECK(under_way_);
    under_way_ = false;
    answer_ = std::move(rows);
}

std::optional<LogPages::Page> LogPages::take(Mono now) {
    if (!answer_) return std::nullopt;
    Page page{.request = std::exchange(answering_, std::nullopt), .rows = std::move(*answer_)};
    answer_.reset();
    if (page.request) return page;
    if (!following_ || asked_generation_ != generation_) return std::nullopt;
    if (!page.rows) {
        retry_at_ = now + feed_pause;
        return page;
    }
    std::erase_if(*page.rows, [&](const LogRow& row) { return row.seq <= sent_; });
    if (page.rows->empty()) {
        retry_at_ = now + feed_pause;
        return std::nullopt;
    }
    sent_ = page.rows->back().seq;
    return page;
}

}  // namespace yizhan
