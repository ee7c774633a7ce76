#include "drivers/ports/mqtt/connection_error.h"

#include <fmt/format.h>
#include <netdb.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace yizhan {
namespace {

std::string place(const MqttOptions& options) { return fmt::format("{}:{}", options.host, options.port); }

// The last OpenSSL reason in a log, without its numbers: "…error:0A000086:SSL routines::certificate verify failed".
std::string openssl_reason(std::string_view log) {
    const auto mark = log.rfind("error:");
    if (mark == std::string_view::npos) return std::string(log);
    auto line = log.substr(mark);
    line = line.substr(0, line.find('\n'));
    return std::string(line.substr(line.rfind(':') + 1));
}

}  // namespace

Error name_lookup_error(const MqttOptions& options, int code) {
    switch (code) {
        case EAI_AGAIN:
            return {fmt::format("no DNS answer for {}", options.host),
                    "check the network, its DNS server and the name"};
        case EAI_NONAME:
        case EAI_NODATA:
        case EAI_FAIL:
            return {fmt::format("DNS knows no {}", options.host), "check the broker's name in the settings"};
        default:
            return {fmt::format("cannot look up {}: {}", options.host, gai_strerror(code)),
                    "check the network and the name"};
    }
}

Error connect_error(const MqttOptions& options, int errno_value) {
    const std::string what = fmt::format("cannot connect to {}: {}", place(options),
                                         std::error_code(errno_value, std::system_category()).message());
    switch (errno_value) {
        case ECONNREFUSED:
            return {what, "check that the broker runs, the port, and firewalls"};
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
            return {what, "check the network cable or modem and the route"};
        default:
            return {what, "check the network"};
    }
}

Error tls_error(const MqttOptions& options, std::string_view log) {
    const auto has = [&](std::string_view text) { return log.find(text) != std::string_view::npos; };
    const std::string ca = options.tls ? options.tls->ca_file : std::string();
    // What we refuse.
    if (has("host name verification failed")) {
        return {fmt::format("the certificate of {} is for another host name", place(options)),
                "name the broker in the settings as its certificate names it"};
    }
    if (has("certificate verify failed")) {
        // libmosquitto does not hand on which of these it was.
        return {fmt::format("the certificate of {} is expired, not yet valid, or not signed by {}", place(options), ca),
                "check this machine's clock, the dates of the broker's certificate, and ca_file"};
    }
    // What the broker refuses: TLS alerts.
    if (has("alert certificate expired")) {
        return {fmt::format("{} says that our certificate is expired", place(options)), "renew certificate_file"};
    }
    if (has("alert unknown ca") || has("alert bad certificate") || has("alert certificate")) {
        return {fmt::format("{} does not accept our certificate: {}", place(options), openssl_reason(log)),
                "check certificate_file and key_file, and the CA the broker trusts"};
    }
    // Our own files.
    if (has("Unable to load CA")) {
        return {fmt::format("cannot read the CA certificates in {}", ca), "check ca_file and its permissions"};
    }
    if (has("Unable to load client") || has("are inconsistent")) {
        return {"cannot use our client certificate or key", "check certificate_file, key_file and their permissions"};
    }
    if (has("wrong version number") || has("unsupported protocol") || has("alert protocol version")) {
        return {fmt::format("{} speaks no TLS 1.2 or later", place(options)), "check the port and the broker's TLS"};
    }
    if (log.empty()) {
        return {fmt::format("{} ended the TLS handshake", place(options)),
                "check that the port is the broker's TLS port, and certificate_file where it asks for one"};
    }
    return {fmt::format("TLS with {} failed: {}", place(options), openssl_reason(log)),
            "check the TLS settings of both sides"};
}

Error refusal_error(const MqttOptions& options, int reason) {
    switch (reason) {
        case 4:
        case 0x86:
            return {fmt::format("{} refused: wrong user or password", place(options)),
                    "check username and password_file"};
        case 5:
        case 0x87:
            return {fmt::format("{} refused: not authorised", place(options)), "check user and password"};
        case 2:
        case 0x85:
            return {fmt::format("{} refused the client id", place(options)), "check the station's id at the broker"};
        case 1:
        case 0x84:
            return {fmt::format("{} speaks neither MQTT 5 nor 3.1.1", place(options)), "check the port"};
        case 3:
        case 0x88:
        case 0x89:
            return {fmt::format("{} is not available now", place(options)), "check the broker"};
        case 0x8A:
            return {fmt::format("{} refused: banned", place(options)), "ask who runs the broker"};
        default:
            return {fmt::format("{} refused with reason {:#04x}", place(options), reason), "check the broker's log"};
    }
}

Error timeout_error(const MqttOptions& options, MqttPhase phase, seconds waited) {
    const auto after = waited.count();
    switch (phase) {
        case MqttPhase::idle:
        case MqttPhase::resolving:
            return {fmt::format("no DNS answer for {} after {} s", options.host, after),
                    "check the network or the name"};
        case MqttPhase::connecting:
            return {fmt::format("no answer from {} after {} s", place(options), after),
                    "check the network, the port, and firewalls"};
        case MqttPhase::handshaking:
            return {fmt::format("no TLS answer from {} after {} s", place(options), after),
                    "check that the port is the broker's TLS port"};
        case MqttPhase::authenticating:
            return {fmt::format("no MQTT answer from {} after {} s", place(options), after),
                    "check that the port is the broker's, and the broker"};
        case MqttPhase::connected:
            break;
    }
    return {fmt::format("{} did not take our goodbye within {} s", place(options), after), ""};
}

Error lost_error(const MqttOptions& options, std::string_view why) {
    return {fmt::format("lost the connection to {}{}{}", place(options), why.empty() ? "" : ": ", why),
            "check the network and the broker"};
}

}  // namespace yizhan
