#include "firmware/storage/log_writer.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

#include "hal/check.h"

namespace yizhan {

// What a worker job reads and writes. The loop touches it only while no job runs. Shared with the job, so that a writer
// that dies leaves it what it works on.
struct LogWriter::Job {
    enum class Kind : std::uint8_t { none, commit, acknowledge, query };

    explicit Job(LogWriter& owner) : writer(&owner) { batch.reserve(batch_limit); }

    void run(AccessLog& log) {
        if (kind == Kind::commit) written = log.commit(batch, with_snapshot ? &snapshot : nullptr);
        if (kind == Kind::acknowledge) written = log.acknowledge(upto);
        if (kind == Kind::query) page = log.page(query);
        finished.store(true, std::memory_order_release);
    }

    LogWriter* writer;  // null once it is dead; loop thread only
    Kind kind = Kind::none;
    std::uint64_t number = 0;  // a `done` that comes after drain() has taken the result is for an older job
    std::atomic<bool> finished{false};
    std::vector<Record> batch;
    bool with_snapshot = false;
    State snapshot;
    std::uint64_t upto = 0;
    LogQuery query;
    Result<void> written;
    Result<LogPage> page;
};

LogWriter::LogWriter(EventLoop& loop, Worker& worker, AccessLog& log, const State& state, LogWriterListener& listener)
    : loop_(loop),
      worker_(worker),
      log_(log),
      state_(state),
      listener_(listener),
      ring_(ring_capacity),
      offered_(log.last_seq()),
      stored_(log.last_seq()),
      acknowledged_(log.acknowledged()),
      wanted_acknowledgement_(log.acknowledged()),
      snapshot_seq_(log.snapshot_seq()),
      job_(std::make_shared<Job>(*this)) {}

LogWriter::~LogWriter() { job_->writer = nullptr; }

bool LogWriter::append(const Record& record) {
    YZ_CHECK(record.seq == offered_ + 1);
    offered_ = record.seq;
    if (full()) {
        ++refused_;
        refused_since_snapshot_ = true;
        return false;
    }
    ring_[(oldest_ + count_) % ring_capacity] = record;
    ++count_;
    return true;
}

void LogWriter::query(const LogQuery& query, std::function<void(Result<std::vector<LogRow>>)> done) {
    if (queries_.size() == query_limit) {
        done(failure("too many questions to the access log at once", "ask again in a moment"));
        return;
    }
    queries_.push_back({query, {}, std::move(done)});
    queries_.back().rest.limit = std::min(query.limit, AccessLog::page_limit);
}

void LogWriter::acknowledge(std::uint64_t upto) {
    wanted_acknowledgement_ = std::max(wanted_acknowledgement_, std::min(upto, stored_));
}

Mono LogWriter::next_deadline() const {
    const bool pausing = retry_at_ != Mono::min();
    return pausing && write_wanted() && job_->kind == Job::Kind::none ? retry_at_ : never;
}

// The pause is over: settle() at the end of this turn tries again.
void LogWriter::advance(Now now) {
    if (now.mono >= retry_at_) retry_at_ = Mono::min();
}

void LogWriter::settle(Now now) {
    if (job_->kind != Job::Kind::none || !worker_.idle()) return;
    const bool may_write = now.mono >= retry_at_;
    if (!(may_write && prepare_write()) && !prepare_query()) return;
    ++job_->number;
    job_->finished = false;
    worker_.start([job = job_, &log = log_] { job->run(log); },
                  [job = job_, number = job_->number] {
                      if (job->writer == nullptr || job->number != number) return;
                      job->writer->finish_job(job->writer->loop_.now());
                  });
}

bool LogWriter::prepare_write() {
    if (count_ > 0) {
        prepare_commit();
        return true;
    }
    if (wanted_acknowledgement_ <= acknowledged_) return false;
    job_->kind = Job::Kind::acknowledge;
    job_->upto = wanted_acknowledgement_;
    return true;
}

void LogWriter::prepare_commit() {
    YZ_CHECK(state_.seq == offered_);
    const auto newest = ring_[(oldest_ + count_ - 1) % ring_capacity].seq;
    // After a loss at once: from the records alone the state could not be had any more.
    const bool due = refused_since_snapshot_ || newest >= snapshot_seq_ + snapshot_every;
    if (until_snapshot_ == 0 && due && newest == state_.seq) {
        job_->snapshot = state_;
        snapshot_seq_ = newest;
        until_snapshot_ = count_;
        refused_since_snapshot_ = false;
    }
    std::size_t take = std::min(count_, batch_limit);
    if (until_snapshot_ > 0) take = std::min(take, until_snapshot_);
    job_->kind = Job::Kind::commit;
    job_->with_snapshot = take == until_snapshot_;
    job_->batch.clear();
    for (std::size_t i = 0; i < take; ++i) job_->batch.push_back(ring_[(oldest_ + i) % ring_capacity]);
}

bool LogWriter::prepare_query() {
    if (queries_.empty()) return false;
    job_->kind = Job::Kind::query;
    job_->query = queries_.front().rest;
    return true;
}

void LogWriter::finish_job(Now now) {
    const auto kind = std::exchange(job_->kind, Job::Kind::none);
    if (kind == Job::Kind::query) {
        finish_query();
    } else if (!job_->written) {
        write_failed(job_->written.error(), now);
    } else if (kind == Job::Kind::commit) {
        finish_commit(now);
    } else {
        acknowledged_ = job_->upto;
        write_worked(now);
    }
}

void LogWriter::finish_commit(Now now) {
    const auto taken = job_->batch.size();
    oldest_ = (oldest_ + taken) % ring_capacity;
    count_ -= taken;
    until_snapshot_ -= std::min(until_snapshot_, taken);
    stored_ = job_->batch.back().seq;
    write_worked(now);
    listener_.on_stored(stored_, now);
}

void LogWriter::finish_query() {
    auto& asked = queries_.front();
    auto page = std::exchange(job_->page, LogPage{});
    if (page) {
        std::move(page->rows.begin(), page->rows.end(), std::back_inserter(asked.rows));
        if (page->rest) {
            asked.rest = *page->rest;
            return;
        }
    }
    const WaitingQuery answered = std::move(asked);
    queries_.pop_front();  // before the answer: it may ask again
    if (page) {
        answered.done(answered.rows);
    } else {
        answered.done(std::unexpected(page.error()));
    }
}

void LogWriter::write_failed(const Error& why, Now now) {
    retry_at_ = now.mono + pause_;
    pause_ = std::min(2 * pause_, longest_pause);
    if (failed_ && why == reason_) return;
    failed_ = true;
    reason_ = why;
    listener_.on_log_health(true, reason_, now);
}

void LogWriter::write_worked(Now now) {
    retry_at_ = Mono::min();
    pause_ = first_pause;
    if (!std::exchange(failed_, false)) return;
    reason_ = {};
    listener_.on_log_health(false, reason_, now);
}

Result<void> LogWriter::drain(Now now) {
    if (job_->kind != Job::Kind::none) {
        if (!job_->finished.load(std::memory_order_acquire)) {
            return failure("the access log is busy with an earlier commit or question", "wait for it and try again");
        }
        ++job_->number;  // its `done` may still come
        finish_job(now);
    }
    // All of the ring, one batch cut short by a snapshot, an acknowledgement, and what the listener adds meanwhile.
    constexpr std::size_t most_writes = ring_capacity / batch_limit + 4;
    for (std::size_t i = 0; i < most_writes && prepare_write(); ++i) {
        job_->run(log_);
        finish_job(now);
        if (failed_) return std::unexpected(reason_);
    }
    if (count_ > 0) return failure("records were added as fast as they could be stored", "try again");
    return {};
}

}  // namespace yizhan
