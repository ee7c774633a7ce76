#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/files.h"
#include "drivers/ports/mqtt/mosquitto_client.h"
#include "drivers/ports/notify.h"
#include "drivers/ports/random.h"
#include "drivers/ports/stream.h"
#include "firmware/control/protocol.h"
#include "firmware/settings/settings_file.h"
#include "firmware/uplink/broker_options.h"
#include "firmware/uplink/uplink.h"

namespace {

using namespace yizhan;

void tell(const Error& error) {
    std::fprintf(stderr, "station-uplink: %s\n", error.what.c_str());
    if (!error.cure.empty()) std::fprintf(stderr, "  %s\n", error.cure.c_str());
}

int give_up(const std::vector<Error>& errors) {
    for (const Error& error : errors) tell(error);
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"station-uplink carries a station's documents and records to the centre, over MQTT."};
    std::string path = "/etc/yizhan/station.toml";
    bool check = false;
    app.add_option("settings,--settings", path, "settings of the station")->capture_default_str();
    app.add_flag("--check", check, "only say what is wrong with the settings");
    CLI11_PARSE(app, argc, argv);

    SystemFiles files;
    const auto file = read_settings(files, path);
    if (!file) return give_up(file.error());
    const Settings& settings = file->settings;
    if (check) return 0;
    const auto broker = broker_options(settings.uplink, files);
    if (!broker) return give_up({broker.error()});
    const UplinkOptions options{.station = settings.station.id,
                                .broker = *broker,
                                .second_broker = second_broker(settings.uplink),
                                .delivery = settings.uplink.delivery,
                                .catch_up_rate = settings.uplink.catch_up_rate};

    SdEventLoop loop(settings.clock == ClockTrust::always ? ClockPolicy::always : ClockPolicy::synchronised);
    loop.handle_signals({});
    if (const auto fed = loop.feed_watchdog(); !fed) tell(fed.error());
    if (options.broker.host.empty()) {
        // Not an end: the service manager would start it again and again.
        tell({path + ": no [uplink]: nothing to do", "disable station-uplink, or name a broker"});
        notify_ready();
        return loop.run();
    }

    SystemRandom random;
    UnixConnector stationd(loop, settings.control.socket, control_send_limit);
    MosquittoClient client(loop);
    Uplink uplink(loop, stationd, client, random, options, tell);
    uplink.start();
    notify_ready();
    const int code = loop.run();

    notify_stopping();
    uplink.stop([&] { loop.stop(code); });
    loop.run();
    return code;
}
