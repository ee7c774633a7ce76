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
#include "firmware/uplink/uplink.h"

namespace {

using namespace yizhan;

constexpr std::size_t password_limit = 1024;

void tell(const Error& error) {
    std::fprintf(stderr, "station-uplink: %s\n", error.what.c_str());
    if (!error.cure.empty()) std::fprintf(stderr, "  %s\n", error.cure.c_str());
}

int give_up(const std::vector<Error>& errors) {
    for (const Error& error : errors) tell(error);
    return 1;
}

Result<UplinkOptions> options_of(const Settings& settings, Files& files) {
    const UplinkSettings& uplink = settings.uplink;
    UplinkOptions options{.station = settings.station.id, .broker = {}};
    options.broker.host = uplink.host;
    options.broker.port = uplink.port;
    if (!uplink.second_host.empty())
        options.second_broker = BrokerAddress{.host = uplink.second_host, .port = uplink.second_port};
    options.delivery = uplink.delivery;
    options.catch_up_rate = uplink.catch_up_rate;
    options.broker.username = uplink.username;
    options.broker.keep_alive = uplink.keep_alive;
    if (uplink.tls)
        options.broker.tls = MqttTls{uplink.tls->ca_file, uplink.tls->certificate_file, uplink.tls->key_file};
    if (!uplink.password_file.empty()) {
        auto password = read_text(files, uplink.password_file, password_limit);
        if (!password) return std::unexpected(password.error());
        // Editors end a file with a newline; no password does.
        password->erase(password->find_last_not_of("\r\n") + 1);
        options.broker.password = std::move(*password);
    }
    return options;
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
    const auto options = options_of(settings, files);
    if (!options) return give_up({options.error()});

    SdEventLoop loop(settings.clock == ClockTrust::always ? ClockPolicy::always : ClockPolicy::synchronised);
    loop.handle_signals({});
    if (const auto fed = loop.feed_watchdog(); !fed) tell(fed.error());
    if (options->broker.host.empty()) {
        // Not an end: the service manager would start it again and again.
        tell({path + ": no [uplink]: nothing to do", "disable station-uplink, or name a broker"});
        notify_ready();
        return loop.run();
    }

    SystemRandom random;
    UnixConnector stationd(loop, settings.control.socket, control_send_limit);
    MosquittoClient client(loop);
    Uplink uplink(loop, stationd, client, random, *options, tell);
    uplink.start();
    notify_ready();
    const int code = loop.run();

    notify_stopping();
    uplink.stop([&] { loop.stop(code); });
    loop.run();
    return code;
}
