// The loop's side of the access log: a bounded ring of records on their way to the worker, and queries behind them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "firmware/storage/access_log.h"
#include "hal/event_loop.h"
#include "hal/worker.h"

namespace yizhan {

class LogWriterListener {
 public:
    virtual ~LogWriterListener() = default;
    virtual void on_stored(std::uint64_t upto, Now now) = 0;
    // Commits fail, or work again. Failing ones are tried again, with a pause that doubles from 1 s to 60 s.
    virtual void on_log_health(bool failed, const Error& why, Now now) = 0;
};

// Loop thread only. Commits go first, queries are served in pages between them, acknowledgements with the next free
// turn.
class LogWriter : public LoopMember {
 public:
    static constexpr std::size_t ring_capacity = 4096;
    static constexpr std::size_t batch_limit = 256;
    static constexpr std::size_t query_limit = 32;  // waiting queries; one more is refused
    static constexpr std::uint64_t snapshot_every = 1000;  // records

    // `state` is read in settle(), when it is the fold of everything appended. All outlive the writer.
    LogWriter(EventLoop& loop, Worker& worker, AccessLog& log, const State& state, LogWriterListener& listener);
    ~LogWriter() override;

    bool full() const;
    std::size_t waiting() const;  // records not known to be stored
    // False if full(): the record is lost, and the caller says so. No allocation, no system call.
    bool append(const Record& record);
    void query(const LogQuery& query, std::function<void(Result<std::vector<LogRow>>)> done);
    // Cumulative; the newest wins.
    void acknowledge(std::uint64_t upto);
    std::uint64_t acknowledged() const;  // known to be stored
    std::uint64_t stored() const;

    Mono next_deadline() const override;
    void advance(Now now) override;
    void settle(Now now) override;
};

}  // namespace yizhan
