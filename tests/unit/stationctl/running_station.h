// A control server on a real Unix socket, in a thread of its own, and the real program against it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/control/fake_station.h"

namespace yizhan {
class SdEventLoop;
}

namespace yizhan::test {

// A folder that goes away with everything in it.
class TemporaryFolder {
 public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();
    std::string file(const std::string& name) const { return path_ + "/" + name; }
    std::string write(const std::string& name, const std::string& text, unsigned mode = 0600) const;
    static std::string read(const std::string& path);

 private:
    std::string path_;
};

class RunningStation {
 public:
    // `anybody`: whoever runs the tests may do everything; otherwise only root may do anything.
    explicit RunningStation(bool anybody = true);
    ~RunningStation();
    std::string socket() const { return folder_.file("control.sock"); }
    // On the station's thread; waits until it is done.
    void with(const std::function<void(FakeStation&)>& what);

 private:
    void serve(bool anybody, const std::function<void()>& ready);

    TemporaryFolder folder_;
    SdEventLoop* loop_ = nullptr;
    FakeStation* station_ = nullptr;
    std::thread thread_;
};

// Its arguments, spoken to this station in English.
std::vector<std::string> at(const RunningStation& station, std::vector<std::string> arguments);

struct Ran {
    int exit = -1;
    std::string out;
    std::string err;
};

// A program under way; its output goes to files.
class Program {
 public:
    // `input`: all that is ever typed; none: whatever the tests have.
    Program(std::vector<std::string> arguments, bool as_nobody, const std::optional<std::string>& input = {});
    void interrupt() const;
    std::string said() const { return TemporaryFolder::read(folder_.file("out")); }  // so far
    Ran wait();

 private:
    TemporaryFolder folder_;
    int pid_ = -1;
};

Ran stationctl(const std::vector<std::string>& arguments, bool as_nobody = false);

}  // namespace yizhan::test
