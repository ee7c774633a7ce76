#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "drivers/ports/files.h"
#include "drivers/ports/gpio/line_handover.h"
#include "drivers/ports/memory.h"
#include "drivers/ports/notify.h"
#include "firmware/failsafe/failsafe.h"

namespace {

void tell(const yizhan::Error& error) {
    std::fprintf(stderr, "station-failsafe: %s\n", error.what.c_str());
    if (!error.cure.empty()) std::fprintf(stderr, "  %s\n", error.cure.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    using namespace yizhan;
    CLI::App app{"station-failsafe holds a station's outputs and drives them safe whenever stationd is not there."};
    std::string settings = "/etc/yizhan/station.toml";
    std::string socket = failsafe_socket;
    app.add_option("settings", settings, "settings of the station")->capture_default_str();
    app.add_option("--socket", socket, "where stationd gets the lines")->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    if (const auto held = hold_in_memory(); !held) tell(held.error());
    SystemFiles files;
    SdEventLoop loop(ClockPolicy::always);
    loop.handle_signals([] {});
    Failsafe failsafe(loop, files, settings, tell);
    if (const auto started = failsafe.start(socket); !started) {
        for (const Error& error : started.error()) tell(error);
        return 1;
    }
    if (const auto watchdog = loop.feed_watchdog(); !watchdog) tell(watchdog.error());
    notify_ready();
    return loop.run();
}
