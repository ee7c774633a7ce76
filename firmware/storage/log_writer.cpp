#include "firmware/storage/log_writer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "firmware/storage/log_writer_job.h"
#include "hal/check.h"

namespace yizhan {

LogWriter::LogWriter(EventLoop& loop, Worker& worker, AccessLog& log, const State& state, LogWriterListener& listener)
    : loop_(loop),
      worker_(worker),
      log_(log),
      state_(state),
      listener_(listener),
      ring_(ring_capacity),
      queued_at_(ring_capacity),
      newest_(log.last_seq()),
      stored_(log.last_seq()),
      acknowledged_(log.acknowledged()),
      wanted_acknowledgement_(log.acknowledged()),
      oldest_stored_unacknowledged_(log.oldest_unacknowledged()),
      snapshot_seq_(log.snapshot_seq()),
      checkpoint_(log.checkpoint()),
      unsealed_since_(loop.now().mono),
      epoch_(log.epoch()),
      beginning_(log.beginning()),
      job_(std::make_shared<Job>(*this)) {
    loop_.join(*this);
}

LogWriter::~LogWriter() {
    job_->writer = nullptr;
    loop_.leave(*this);
}

bool LogWriter::append(const Record& record) {
    YZ_CHECK(record.seq == newest_ + 1);
    if (full()) {
        ++refused_;
        return false;
    }
    newest_ = record.seq;
    ring_[(oldest_ + count_) % ring_capacity] = record;
    queued_at_[(oldest_ + count_) % ring_capacity] = loop_.now().mono;
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

void LogWriter::verify(LogCheck wanted, std::function<void(Result<LogCheck>)> done) {
    if (verification_) {
        done(failure("the access log is being verified already", "wait for that result"));
        return;
    }
    verification_ = Verification{std::move(wanted), std::move(done)};
}

void LogWriter::acknowledge(std::uint64_t upto) {
    wanted_acknowledgement_ = std::max(wanted_acknowledgement_, std::min(upto, stored_));
}

std::optional<Wall> LogWriter::oldest_unacknowledged() const {
    if (oldest_stored_unacknowledged_) return oldest_stored_unacknowledged_;
    if (count_ > 0) return ring_[oldest_].at.wall;
    return std::nullopt;
}

void LogWriter::keep(const Retention& retention) {
    const Now now = loop_.now();
    if (!retention_) {
        next_snapshot_at_ = now.mono + old_snapshot;
        tidy_at_ = now.mono + tidy_every;
    }
    retention_ = retention;
}

void LogWriter::begin_anew(const LogFile& file, Files& files, bool or_in_memory) {
    YZ_CHECK(damaged_);
    fresh_log_ = FreshLog{file, &files, or_in_memory};
    retry_at_ = Mono::min();
}

bool LogWriter::may_start() const { return !flushed_ && job_->kind == Job::Kind::none && worker_.idle(); }

Mono LogWriter::next_deadline() const {
    if (!may_start()) return never;
    const bool pausing = retry_at_ != Mono::min();
    if (damaged_) return fresh_log_ ? retry_at_ : never;
    // Only what came after this turn's settle() is still here: from a member that settles later.
    if ((write_wanted() && !pausing) || !queries_.empty() || verification_) return Mono::min();
    if (pausing) return write_wanted() || unsealed() > 0 || tidy_at() <= retry_at_ ? retry_at_ : tidy_at();
    return std::min(seal_at(), tidy_at());
}

void LogWriter::advance(Now now) { start_job(now); }
void LogWriter::settle(Now now) { start_job(now); }

void LogWriter::start_job(Now now) {
    if (!may_start()) return;
    if (now.mono >= retry_at_) retry_at_ = Mono::min();
    const bool may_write = retry_at_ == Mono::min();
    if (damaged_) {
        if (!may_write || !prepare_anew()) return;
    } else if (!(may_write && (prepare_write(now) || prepare_tidy(now))) && !prepare_question()) {
        return;
    }
    ++job_->number;
    job_->finished = false;
    worker_.start([job = job_, &log = log_] { job->run(log); },
                  [job = job_, number = job_->number] {
                      if (job->writer == nullptr || job->number != number) return;
                      job->writer->finish_job(job->writer->loop_.now());
                  });
}

Mono LogWriter::seal_at() const {
    if (unsealed() == 0) return never;
    return unsealed() >= seal_every ? Mono::min() : unsealed_since_ + seal_after;
}

bool LogWriter::prepare_write(Now now) {
    if (now.mono >= seal_at()) {
        job_->kind = Job::Kind::seal;
        return true;
    }
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
    YZ_CHECK(state_.seq == newest_);
    const bool due = snapshot_requested_ || newest_ >= snapshot_seq_ + snapshot_every;
    if (due && until_snapshot_ == 0) {
        job_->snapshot = state_;
        snapshot_seq_ = newest_;
        until_snapshot_ = count_;
        snapshot_requested_ = false;
    }
    YZ_CHECK(unsealed() < seal_every);
    std::size_t take = all_at_once_ ? count_ : std::min<std::size_t>(count_, seal_every - unsealed());
    if (until_snapshot_ > 0) take = std::min(take, until_snapshot_);
    job_->kind = Job::Kind::commit;
    job_->with_snapshot = take == until_snapshot_;
    job_->batch.clear();
    for (std::size_t i = 0; i < take; ++i) job_->batch.push_back(ring_[(oldest_ + i) % ring_capacity]);
}

// What waits for the disk is in this state already: it follows all at once, with a state of its own, so that no start
// adds any of it to this one.
bool LogWriter::prepare_anew() {
    if (!fresh_log_) return false;
    job_->kind = Job::Kind::anew;
    job_->fresh = *fresh_log_;
    job_->snapshot = state_;
    return true;
}

bool LogWriter::prepare_tidy(Now now) {
    if (now.mono < tidy_at()) return false;
    job_->kind = Job::Kind::tidy;
    job_->with_snapshot = now.mono >= next_snapshot_at_;
    if (job_->with_snapshot) {
        YZ_CHECK(count_ == 0 && state_.seq == stored_);
        job_->snapshot = state_;
        snapshot_seq_ = stored_;
        next_snapshot_at_ = now.mono + old_snapshot;
    }
    job_->retention = *retention_;
    job_->tidied_at = now;
    tidy_at_ = now.mono + tidy_every;
    return true;
}

bool LogWriter::prepare_question() {
    if (verification_ && (verify_next_ || queries_.empty())) {
        verify_next_ = false;
        job_->kind = Job::Kind::verify;
        job_->check = verification_->check;
        return true;
    }
    if (queries_.empty()) return false;
    verify_next_ = true;
    job_->kind = Job::Kind::query;
    job_->query = queries_.front().rest;
    return true;
}

void LogWriter::finish_job(Now now) {
    if (job_->kind != Job::Kind::anew && job_->failed() && log_.fault() == DatabaseFault::damaged) damaged_ = true;
    const bool found_damage = damaged_ && !fresh_log_;
    const auto kind = std::exchange(job_->kind, Job::Kind::none);
    if (kind == Job::Kind::query) {
        finish_query();
    } else if (kind == Job::Kind::tidy) {
        finish_tidy(now);
    } else if (kind == Job::Kind::verify) {
        finish_check();
    } else if (!job_->written) {
        if (kind == Job::Kind::anew) drop_questions(job_->written.error());
        write_failed(job_->written.error(), now);
    } else {
        oldest_stored_unacknowledged_ = log_.oldest_unacknowledged();
        if (kind == Job::Kind::acknowledge) acknowledged_ = job_->upto;
        if (kind == Job::Kind::commit) finish_commit(now);
        if (kind == Job::Kind::seal) finish_seal(now);
        if (kind == Job::Kind::anew) finish_anew(now);
        write_worked(now);
        if (kind == Job::Kind::commit) listener_.on_stored(stored_, now);
    }
    if (found_damage) listener_.on_damaged(now);
}

void LogWriter::finish_commit(Now now) {
    if (unsealed() == 0) unsealed_since_ = now.mono;
    const auto taken = job_->batch.size();
    for (std::size_t i = 0; i < taken; ++i) {
        const auto took = std::chrono::ceil<milliseconds>(now.mono - queued_at_[(oldest_ + i) % ring_capacity]);
        storing_times_.slowest = std::max(storing_times_.slowest, took);
        storing_times_.late += took > stored_within_ ? 1 : 0;
    }
    oldest_ = (oldest_ + taken) % ring_capacity;
    count_ -= taken;
    until_snapshot_ -= std::min(until_snapshot_, taken);
    all_at_once_ = false;
    stored_ = job_->batch.back().seq;
}

void LogWriter::finish_seal(Now now) {
    checkpoint_ = log_.checkpoint();
    listener_.on_sealed(now);
}

void LogWriter::finish_tidy(Now now) {
    // Nothing that has to be stored waits for this: in ten minutes is soon enough.
    const Tidied tidied = job_->tidied ? *job_->tidied : Tidied{.more = false, .fault = RetentionFault::failed};
    if (tidied.more) tidy_at_ = now.mono + tidy_pause;
    retention_problem_ = job_->tidied ? Error{} : job_->tidied.error();
    const bool shorter = beginning_.deleted != log_.beginning().deleted;
    beginning_ = log_.beginning();
    const bool same = std::exchange(retention_fault_, tidied.fault) == tidied.fault;
    if (shorter || !same) listener_.on_retention(tidied.fault, now);
}

void LogWriter::finish_anew(Now now) {
    damaged_ = false;
    fresh_log_.reset();
    epoch_ = log_.epoch();
    beginning_ = log_.beginning();
    acknowledged_ = wanted_acknowledgement_ = log_.acknowledged();
    checkpoint_.reset();
    snapshot_seq_ = log_.snapshot_seq();
    until_snapshot_ = 0;
    all_at_once_ = true;
    request_snapshot();
    drop_questions({"the access log was damaged, and a new one begun", "ask again"});
    listener_.on_replaced(job_->replacement, now);
}

void LogWriter::drop_questions(const Error& why) {
    const auto dropped = std::exchange(queries_, {});
    const auto verification = std::exchange(verification_, std::nullopt);
    for (const auto& query : dropped) query.done(std::unexpected(why));
    if (verification) verification->done(std::unexpected(why));
}

void LogWriter::finish_check() {
    verification_->check = job_->checked ? *job_->checked : LogCheck{};
    if (job_->checked && !job_->checked->done) return;
    const auto done = std::move(verification_->done);
    verification_.reset();  // before the answer: it may ask again
    done(job_->checked);
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

Result<void> LogWriter::flush() {
    flushed_ = true;
    const Now now = loop_.now();
    if (job_->kind != Job::Kind::none) {
        if (job_->finished.load(std::memory_order_acquire)) {
            ++job_->number;  // its `done` may still come
            finish_job(now);
        } else if (job_.use_count() > 1) {
            return failure("the access log is busy with an earlier commit or question", "wait for it and try again");
        } else {
            job_->kind = Job::Kind::none;  // nobody has it any more: it died unrun with its worker
        }
    }
    if (auto written = write_all(now); !written) return written;
    return seal_all(now);
}

Result<void> LogWriter::write_first() {
    YZ_CHECK(may_start() && job_->number == 0);
    return write_all(loop_.now());
}

Result<void> LogWriter::write_all(Now now) {
    for (int i = 0; i < most_writes; ++i) {
        all_at_once_ = true;
        if (damaged_ ? !prepare_anew() : !prepare_write(now)) break;
        const auto kind = job_->kind;
        auto written = write_here(now);
        const bool found_damage = damaged_ && kind != Job::Kind::anew;
        if (!written && !found_damage) return written;
    }
    if (damaged_) return failure("the access log is damaged", "start stationd again");
    if (count_ > 0) return failure("records were added as fast as they could be stored", "try again");
    return {};
}

Result<void> LogWriter::seal_all(Now now) {
    if (unsealed() == 0) return {};
    job_->kind = Job::Kind::seal;
    return write_here(now);
}

Result<void> LogWriter::write_here(Now now) {
    job_->run(log_);
    finish_job(now);
    if (failed_) return std::unexpected(reason_);
    return {};
}

}  // namespace yizhan
