// The loop's side of the access log: a bounded ring of records on their way to the worker, and queries behind them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "firmware/storage/access_log.h"
#include "firmware/storage/log_check.h"
#include "hal/event_loop.h"
#include "hal/worker.h"

namespace yizhan {

// How long records took from the moment they were queued until they were on the disk, since the start.
struct StoringTimes {
    milliseconds slowest{0};
    std::uint64_t late = 0;  // records that took longer than they should
};

class LogWriterListener {
 public:
    virtual ~LogWriterListener() = default;
    virtual void on_stored(std::uint64_t upto, Now now) = 0;
    // Commits fail, or work again. Failing ones are tried again, with a pause that doubles from 1 s to 60 s. Told when
    // it begins, when the reason changes and when it is over (`why` is empty then).
    virtual void on_log_health(bool failed, const Error& why, Now now) = 0;
    // A new checkpoint covers what is stored.
    virtual void on_sealed(Now now) = 0;
    // The log turned out to be damaged. Once: begin_anew() is expected, and until it has worked nothing is stored.
    virtual void on_damaged(Now now) = 0;
    // It is another one now: epoch(), beginning(), acknowledged() and checkpoint() are its.
    virtual void on_replaced(const LogReplacement& replacement, Now now) = 0;
    // Told when it is known first, when it changes and when the log begins later than before.
    virtual void on_retention(std::optional<RetentionFault> fault, Now now) = 0;
};

// Loop thread only. Commits go first, queries are served in pages between them, acknowledgements with the next free
// turn. What is stored is sealed by a checkpoint when it is enough or old enough, and at a clean stop; while nothing
// happens there is none. From time to time what is too old is taken away. A member of its loop while it lives.
//
// The log must outlive the worker, whose job may be in it; the writer may die before or after the worker. A job under
// way when the writer dies goes on to its end and touches nothing but the log and memory of its own. Queries that wait
// then are dropped without an answer.
class LogWriter : public LoopMember {
 public:
    static constexpr std::size_t ring_capacity = 4096;
    static constexpr std::size_t query_limit = 32;  // waiting queries; one more is refused
    static constexpr std::uint64_t snapshot_every = 1000;  // records
    static constexpr std::size_t seal_every = 100;  // records; so a commit has no more
    // Since the first unsealed one: with what storing and sending it takes the centre has it within a minute.
    static constexpr seconds seal_after{55};
    // Of one flush: all of the ring in two parts if a snapshot waits in it, a checkpoint before and behind each, an
    // acknowledgement, what the listener adds meanwhile, and a log that turns out to be damaged.
    static constexpr int most_writes = 12;
    static constexpr minutes tidy_every{10};
    static constexpr seconds tidy_pause{1};  // between two steps, while there is more to do
    static constexpr hours old_snapshot{24};  // records stay until they are older than two snapshots
    static constexpr seconds first_pause{1};
    static constexpr seconds longest_pause{60};

    // `log` is restored. `state` is read between two events, when it is the fold of everything appended. Loop, log,
    // state and listener outlive the writer; the worker does too, or flush() was called.
    LogWriter(EventLoop& loop, Worker& worker, AccessLog& log, const State& state, LogWriterListener& listener);
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;
    ~LogWriter() override;

    bool full() const { return count_ == ring_capacity; }
    std::size_t waiting() const { return count_; }  // records not known to be stored
    // Numbered one higher than the one before. False if full(): then it is not kept, its number is still free, and the
    // caller says so. No allocation, no system call.
    [[nodiscard]] bool append(const Record& record);
    // Why the newest write failed; null: it did not.
    const Error* problem() const { return failed_ ? &reason_ : nullptr; }
    std::uint64_t refused() const { return refused_; }  // appends that found no room
    // With the next commit, whether it is due or not: for a state that holds more than its records tell.
    void request_snapshot() { snapshot_requested_ = true; }
    // `done` is called later; at once, with an error, if too many wait already.
    void query(const LogQuery& query, std::function<void(Result<std::vector<LogRow>>)> done);
    // Goes through the whole log; `done` is called later, or at once with an error while another one is under way.
    // `wanted`: what to compare with.
    void verify(LogCheck wanted, std::function<void(Result<LogCheck>)> done);
    const std::optional<Checkpoint>& checkpoint() const { return checkpoint_; }  // the newest
    // Nothing waits on purpose: what is queued while the disk is idle is committed at once, and what comes meanwhile
    // with the next commit. So the time to the disk is the disk's; `within` is what it should be at most.
    void expect_stored(milliseconds within) { stored_within_ = within; }
    const StoringTimes& storing_times() const { return storing_times_; }
    // From now on; before it is called the log is kept for ever.
    void keep(const Retention& retention);
    const LogBeginning& beginning() const { return beginning_; }
    const std::optional<RetentionFault>& retention_fault() const { return retention_fault_; }  // none: not known yet
    const Error& retention_problem() const { return retention_problem_; }  // of RetentionFault::failed
    // Given to the worker, with the pauses of failing writes between attempts. `files` outlives the worker.
    void begin_anew(const LogFile& file, Files& files, bool or_in_memory);
    std::uint32_t epoch() const { return epoch_; }
    // Cumulative; the newest wins. Beyond stored() it counts as stored(): nobody can have what was never fed.
    void acknowledge(std::uint64_t upto);
    std::uint64_t acknowledged() const { return acknowledged_; }  // known to be stored
    std::uint64_t stored() const { return stored_; }
    std::optional<Wall> oldest_unacknowledged() const;  // stamp of that record; none: the centre has everything

    // Stores what waits on the calling thread, before the worker has had its first job: a start is known to have
    // happened before anything else does. Fails as a commit does, and is tried again as one.
    Result<void> write_first();

    // For a clean stop, which has seconds: stores what waits on the calling thread, all at once, in at most most_writes
    // commits, and gives up at the first error. Nothing is given to the worker from then on. Fails, without waiting,
    // while the worker is in a job: let the loop turn and call again, or destroy the worker (which waits for the job)
    // before. The listener hears of it as usual.
    Result<void> flush();

    Mono next_deadline() const override;
    void advance(Now now) override;
    void settle(Now now) override;

 private:
    struct Job;
    struct WaitingQuery {
        LogQuery rest;
        std::vector<LogRow> rows;
        std::function<void(Result<std::vector<LogRow>>)> done;
    };

    struct FreshLog {
        LogFile file;
        Files* files = nullptr;
        bool or_in_memory = false;
    };

    struct Verification {
        LogCheck check;
        std::function<void(Result<LogCheck>)> done;
    };

    bool write_wanted() const { return count_ > 0 || wanted_acknowledgement_ > acknowledged_; }
    std::uint64_t unsealed() const { return stored_ - (checkpoint_ ? std::min(checkpoint_->seq, stored_) : 0); }
    Mono seal_at() const;
    Mono tidy_at() const { return retention_ ? tidy_at_ : never; }
    bool may_start() const;
    void start_job(Now now);
    bool prepare_write(Now now);
    void prepare_commit();
    bool prepare_anew();
    bool prepare_tidy(Now now);
    bool prepare_question();
    void finish_job(Now now);
    Result<void> write_all(Now now);
    void finish_commit(Now now);
    void finish_query();
    void finish_check();
    void finish_seal(Now now);
    void finish_tidy(Now now);
    void finish_anew(Now now);
    void drop_questions(const Error& why);
    Result<void> seal_all(Now now);
    Result<void> write_here(Now now);  // what is prepared, on the calling thread
    void write_failed(const Error& why, Now now);
    void write_worked(Now now);

    EventLoop& loop_;
    Worker& worker_;
    AccessLog& log_;
    const State& state_;
    LogWriterListener& listener_;

    std::vector<Record> ring_;  // always ring_capacity
    std::vector<Mono> queued_at_;  // those in the ring
    milliseconds stored_within_{50};
    StoringTimes storing_times_;
    std::size_t oldest_ = 0;
    std::size_t count_ = 0;
    std::uint64_t newest_ = 0;  // number of the newest record appended
    std::uint64_t stored_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t wanted_acknowledgement_ = 0;
    std::uint64_t refused_ = 0;
    std::optional<Wall> oldest_stored_unacknowledged_;

    // A copy of the state, taken when it was due, waits here for the batch that ends with its record.
    std::uint64_t snapshot_seq_ = 0;  // of the newest one stored or taken
    bool all_at_once_ = false;  // what waits goes with one commit, however much it is
    std::size_t until_snapshot_ = 0;  // records in the ring up to that one; 0: none is waiting
    bool snapshot_requested_ = false;

    std::optional<Checkpoint> checkpoint_;
    Mono unsealed_since_;  // when the first unsealed record was stored

    std::uint32_t epoch_;
    bool damaged_ = false;
    std::optional<FreshLog> fresh_log_;  // to be begun

    std::optional<Retention> retention_;
    Mono tidy_at_;
    Mono next_snapshot_at_;
    std::optional<RetentionFault> retention_fault_;
    Error retention_problem_;
    LogBeginning beginning_;

    std::deque<WaitingQuery> queries_;
    std::optional<Verification> verification_;
    bool verify_next_ = false;  // pages of both take turns
    std::shared_ptr<Job> job_;
    bool flushed_ = false;

    bool failed_ = false;
    Error reason_;
    seconds pause_ = first_pause;
    Mono retry_at_ = Mono::min();  // no write before; min: no pause
};

}  // namespace yizhan
