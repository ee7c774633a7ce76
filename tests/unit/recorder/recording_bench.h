// A recorder over a simulated loop, and a file in memory.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "drivers/ports/append_file.h"
#include "drivers/recorder/recorder.h"
#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/scheduler.h"
#include "drivers/simulated/worker.h"

namespace yizhan::testing {

class MemoryFile final : public AppendFile {
 public:
    MemoryFile(std::string& text, bool fails) : text_(text), fails_(fails) {}
    Result<void> append(std::string_view bytes) override {
        if (fails_) return failure("the disk is full");
        text_ += bytes;
        return {};
    }

 private:
    std::string& text_;
    bool fails_;
};

struct RecordingBench {
    explicit RecordingBench(bool disk_fails = false)
        : recorder(std::make_unique<Recorder>(loop, std::make_unique<simulated::Worker>(loop),
                                              std::make_unique<MemoryFile>(file, disk_fails))) {}

    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};
    std::string file;
    std::unique_ptr<Recorder> recorder;
};

}  // namespace yizhan::testing
