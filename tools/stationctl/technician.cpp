#include "tools/stationctl/technician.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace yizhan {
namespace {

// A signal between a look at it and the wait is noticed after so long.
constexpr milliseconds between_signal_looks{200};

volatile sig_atomic_t stopped = 0;

void stop(int) { stopped = 1; }

}  // namespace

Technician::Technician(std::FILE* out) : out_(out), terminal_(::isatty(STDIN_FILENO) == 1) {
    stopped = 0;
    struct sigaction action{};
    action.sa_handler = stop;  // without SA_RESTART: it ends a wait
    sigemptyset(&action.sa_mask);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
    // A terminal that is gone must not end us before the station has left service mode.
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);
}

void Technician::say(std::string_view text) {
    // Nobody may be listening any more: what was found goes into the report.
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), out_));
    static_cast<void>(std::fputc('\n', out_));
    static_cast<void>(std::fflush(out_));
}

bool Technician::over() const { return stopped != 0 || ended_; }

bool Technician::readable(milliseconds limit) {
    pollfd in{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    return ::poll(&in, 1, static_cast<int>(limit.count())) > 0;
}

void Technician::take_input() {
    char buffer[256];
    const auto got = ::read(STDIN_FILENO, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) {
        ended_ = true;
        return;
    }
    for (const char c : std::string_view(buffer, static_cast<std::size_t>(got))) {
        if (c == '\n' || in_.size() - (in_.rfind('\n') + 1) < longest_line) in_ += c;
    }
}

std::optional<std::string> Technician::ask(std::string_view question) {
    say(question);
    while (stopped == 0) {
        if (const auto end = in_.find('\n'); end != std::string::npos) {
            std::string line = in_.substr(0, end);
            in_.erase(0, end + 1);
            return line;
        }
        if (ended_) return std::nullopt;
        if (readable(between_signal_looks)) take_input();
    }
    return std::nullopt;
}

bool Technician::pause(milliseconds duration) {
    if (stopped != 0) return false;
    if (!terminal_ || ended_) {
        static_cast<void>(::poll(nullptr, 0, static_cast<int>(duration.count())));
        return false;
    }
    if (!readable(duration)) return false;
    take_input();
    in_.clear();
    return true;
}

}  // namespace yizhan
