#pragma once

#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/files.h"
#include "drivers/simulated/scheduler.h"
#include "drivers/simulated/worker.h"
#include "firmware/storage/log_writer.h"
#include "tests/unit/storage/access_log_fixture.h"

namespace yizhan {

// What a running station's log consists of, in simulated time.
class WritingStation : public LogWriterListener {
 public:
    explicit WritingStation(simulated::Disk& disk) : disk_name_(disk.name()), opened_(open_log(disk.name())) {
        files_.show(disk);
        state_ = opened_.start.state;
        worker_ = std::make_unique<simulated::Worker>(loop_, milliseconds{10});
        writer_ = std::make_unique<LogWriter>(loop_, *worker_, *opened_.log, state_, *this);
    }
    ~WritingStation() override {
        worker_.reset();
        writer_.reset();
    }

    bool append(RecordType type = RecordType::door_opened) {
        Record record = sample_record(state_.seq + 1, type);
        if (!writer_->append(record)) return false;
        apply(state_, record);
        return true;
    }
    void append(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) ASSERT_TRUE(append());
    }
    void run_for(milliseconds duration) {
        loop_.run_turn();
        scheduler_.run_for(duration);
    }
    void query(const LogQuery& query) {
        writer_->query(query, [this](const Result<std::vector<LogRow>>& rows) {
            answers.push_back(rows ? "rows " + std::to_string(rows->size()) : "error");
        });
    }

    void on_stored(std::uint64_t upto, Now) override { answers.push_back("stored " + std::to_string(upto)); }
    void on_log_health(bool failed, const Error& why, Now now) override {
        answers.push_back(failed ? "failed" : "healthy");
        reason = why;
        failed_at = now.mono;
    }

    void on_sealed(Now now) override { sealed_at.push_back(now.mono); }

    void on_damaged(Now) override {
        answers.push_back("damaged");
        writer_->begin_anew({log_path, sample_epoch + 1, disk_name_}, files_, or_in_memory);
    }
    void on_replaced(const LogReplacement& replacement, Now) override {
        answers.push_back(replacement.set_aside ? "set aside" : "in memory");
    }
    void on_retention(std::optional<RetentionFault> fault, Now) override {
        faults.push_back(fault.value_or(RetentionFault::none));
    }

    std::vector<std::string> answers;
    std::vector<RetentionFault> faults;
    std::vector<Mono> sealed_at;
    Error reason;
    Mono failed_at;
    bool or_in_memory = false;
    const char* disk_name_;
    simulated::Files files_;
    simulated::Scheduler scheduler_;
    simulated::EventLoop loop_{scheduler_};
    OpenLog opened_;
    State state_;
    std::unique_ptr<simulated::Worker> worker_;
    std::unique_ptr<LogWriter> writer_;
};

}  // namespace yizhan
