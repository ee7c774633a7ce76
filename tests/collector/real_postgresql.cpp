#include "tests/collector/real_postgresql.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <thread>

#include "hal/check.h"
#include "tools/collector/postgresql.h"

namespace yizhan::collector {
namespace {

const std::string programs = POSTGRESQL_PROGRAMS;

// In a child that dies with us, and is nobody special: PostgreSQL refuses to be root.
pid_t run(const std::filesystem::path& directory, const std::vector<std::string>& arguments) {
    const pid_t pid = fork();
    YZ_CHECK(pid >= 0);
    if (pid > 0) return pid;
    if (chdir(directory.c_str()) != 0) _exit(126);
    if (geteuid() == 0) {
        const passwd* user = getpwnam("postgres");
        if (user == nullptr || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0) _exit(126);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (freopen("/dev/null", "w", stdout) == nullptr || freopen("server.log", "a", stderr) == nullptr) _exit(126);
    std::vector<char*> argv;
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
}

bool succeeds(const std::filesystem::path& directory, const std::vector<std::string>& arguments) {
    int status = 0;
    waitpid(run(directory, arguments), &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

RealPostgresql::RealPostgresql() {
    std::string name = (std::filesystem::temp_directory_path() / "yizhan-pg-XXXXXX").string();
    YZ_CHECK(mkdtemp(name.data()) != nullptr);
    directory_ = name;
    if (const passwd* user = getpwnam("postgres"); geteuid() == 0 && user != nullptr) {
        YZ_CHECK(chown(name.c_str(), user->pw_uid, user->pw_gid) == 0);
    }
    YZ_CHECK(succeeds(directory_, {programs + "/initdb", "-D", (directory_ / "data").string(), "-A", "trust", "-U",
                                   "yizhan", "-N", "--no-locale", "-E", "UTF8"}));
    start();
}

RealPostgresql::~RealPostgresql() {
    kill_hard();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

void RealPostgresql::start() {
    pid_ = run(directory_, {programs + "/postgres", "-D", (directory_ / "data").string(), "-k", directory_.string(),
                            "-c", "listen_addresses="});
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (!open_postgresql(address("postgres"))) {
        YZ_CHECK(std::chrono::steady_clock::now() < limit);
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
}

void RealPostgresql::kill_hard() {
    if (pid_ == 0) return;
    // SIGQUIT: at once, and its children too; as after a power cut it recovers when it starts.
    kill(pid_, SIGQUIT);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

std::string RealPostgresql::address(const std::string& database) const {
    return fmt::format("postgresql://yizhan@/{}?host={}", database, directory_.string());
}

std::string RealPostgresql::new_database() {
    const auto name = fmt::format("test{}", ++databases_);
    YZ_CHECK(succeeds(directory_, {programs + "/createdb", "-h", directory_.string(), "-U", "yizhan", name}));
    return address(name);
}

}  // namespace yizhan::collector
