#include "tests/unit/stationctl/running_station.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/stream.h"

namespace yizhan::test {
namespace {

constexpr unsigned nobody = 65534;

}  // namespace

TemporaryFolder::TemporaryFolder() {
    auto name = (std::filesystem::temp_directory_path() / "stationctl-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    EXPECT_EQ(::chmod(name.c_str(), 0755), 0);
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& text, unsigned mode) const {
    const auto path = file(name);
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
}

std::string TemporaryFolder::read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

RunningStation::RunningStation(bool anybody) {
    std::promise<void> ready;
    thread_ = std::thread([&, anybody] { serve(anybody, [&] { ready.set_value(); }); });
    ready.get_future().wait();
}

void RunningStation::serve(bool anybody, const std::function<void()>& ready) {
    SdEventLoop loop(ClockPolicy::always);
    auto listener = UnixServer::listen(
        loop, {.path = socket(), .mode = 0666, .group = {}, .send_bound = control_send_limit, .most_clients = 64});
    EXPECT_TRUE(listener) << listener.error().what;
    FakeStation station;
    ControlRights rights;
    if (anybody) rights.maintenance_group = ::getgid();
    ControlServer server(loop, **listener, station, rights);
    station.server = &server;
    loop_ = &loop;
    station_ = &station;
    ready();
    loop.run();
}

RunningStation::~RunningStation() {
    loop_->post([this] { loop_->stop(); });
    thread_.join();
}

void RunningStation::with(const std::function<void(FakeStation&)>& what) {
    std::promise<void> done;
    loop_->post([&] {
        what(*station_);
        done.set_value();
    });
    done.get_future().wait();
}

std::vector<std::string> at(const RunningStation& station, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--socket", station.socket(), "--lang", "en"});
    return arguments;
}

Program::Program(std::vector<std::string> arguments, bool as_nobody, const std::optional<std::string>& input) {
    arguments.insert(arguments.begin(), STATIONCTL);
    std::vector<char*> raw;
    for (auto& argument : arguments) raw.push_back(argument.data());
    raw.push_back(nullptr);
    const auto out = folder_.file("out");
    const auto err = folder_.file("err");
    const auto in = input ? folder_.write("in", *input) : std::string();
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    if (!in.empty()) ::dup2(::open(in.c_str(), O_RDONLY), STDIN_FILENO);
    if (as_nobody && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) ::_exit(126);
    ::execv(raw[0], raw.data());
    ::_exit(127);
}

void Program::interrupt() const { ::kill(pid_, SIGINT); }

Ran Program::wait() {
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), TemporaryFolder::read(folder_.file("out")),
            TemporaryFolder::read(folder_.file("err"))};
}

Ran stationctl(const std::vector<std::string>& arguments, bool as_nobody) {
    return Program(arguments, as_nobody).wait();
}

}  // namespace yizhan::test
