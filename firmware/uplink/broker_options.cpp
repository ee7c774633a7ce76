#include "firmware/uplink/broker_options.h"

#include <cstddef>
#include <utility>

namespace yizhan {

Result<MqttOptions> broker_options(const BrokerSettings& settings, Files& files) {
    constexpr std::size_t password_limit = 1024;
    MqttOptions options{.host = settings.host,
                        .port = settings.port,
                        .client_id = {},
                        .username = settings.username,
                        .password = {},
                        .keep_alive = settings.keep_alive,
                        .tls = std::nullopt,
                        .will = {}};
    if (settings.tls)
        options.tls = MqttTls{settings.tls->ca_file, settings.tls->certificate_file, settings.tls->key_file};
    if (settings.password_file.empty()) return options;
    auto password = read_text(files, settings.password_file, password_limit);
    if (!password) return std::unexpected(password.error());
    // Editors end a file with a newline; no password does.
    password->erase(password->find_last_not_of("\r\n") + 1);
    options.password = std::move(*password);
    return options;
}

std::optional<BrokerAddress> second_broker(const BrokerSettings& settings) {
    if (settings.second_host.empty()) return std::nullopt;
    return BrokerAddress{.host = settings.second_host, .port = settings.second_port};
}

}  // namespace yizhan
