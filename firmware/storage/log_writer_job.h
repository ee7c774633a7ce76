#pragma once

#include <atomic>
#include <vector>

#include "firmware/storage/log_writer.h"

namespace yizhan {

// What a worker job reads and writes. The loop touches it only while no job runs. Shared with the job, so that a writer
// that dies leaves it what it works on.
struct LogWriter::Job {
    enum class Kind : std::uint8_t { none, commit, seal, acknowledge, tidy, anew, query, verify };

    explicit Job(LogWriter& owner) : writer(&owner) { batch.reserve(seal_every); }

    void run(AccessLog& log) {
        if (kind == Kind::commit) written = log.commit(batch, with_snapshot ? &snapshot : nullptr);
        if (kind == Kind::seal) written = log.seal();
        if (kind == Kind::acknowledge) written = log.acknowledge(upto);
        if (kind == Kind::tidy) run_tidy(log);
        if (kind == Kind::anew) run_anew(log);
        if (kind == Kind::query) page = log.page(query);
        if (kind == Kind::verify) checked = log.verify(check);
        finished.store(true, std::memory_order_release);
    }

    void run_tidy(AccessLog& log) {
        const auto kept = with_snapshot ? log.keep_state(snapshot) : Result<void>();
        tidied = kept ? log.tidy(retention, tidied_at) : std::unexpected(kept.error());
    }

    void run_anew(AccessLog& log) {
        const auto done = log.begin_anew(fresh.file, snapshot, *fresh.files, fresh.or_in_memory);
        written = done ? Result<void>() : std::unexpected(done.error());
        if (done) replacement = *done;
    }

    bool failed() const {
        if (kind == Kind::query) return !page;
        if (kind == Kind::tidy) return !tidied;
        return kind == Kind::verify ? !checked : !written;
    }

    LogWriter* writer;  // null once it is dead; loop thread only
    Kind kind = Kind::none;
    std::uint64_t number = 0;  // a `done` that comes after flush() has taken the result is for an older job
    std::atomic<bool> finished{false};
    std::vector<Record> batch;
    bool with_snapshot = false;
    State snapshot;
    std::uint64_t upto = 0;
    Retention retention;
    Now tidied_at;
    Result<Tidied> tidied;
    FreshLog fresh;
    LogReplacement replacement;
    LogQuery query;
    Result<void> written;
    Result<LogPage> page;
    LogCheck check;
    Result<LogCheck> checked;
};

}  // namespace yizhan
