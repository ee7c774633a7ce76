// The thread's work.
#include <netdb.h>

#include <string>
#include <utility>

#include "drivers/ports/mqtt/connection_error.h"
#include "drivers/ports/mqtt/mosquitto_connection.h"
#include "drivers/ports/mqtt/mosquitto_session.h"

namespace yizhan {
namespace {

struct Resolved {
    int code = 0;
    bool ipv4 = false;
};

Resolved resolve(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    Resolved resolved{.code = getaddrinfo(host.c_str(), nullptr, &hints, &found)};
    for (const addrinfo* one = found; resolved.code == 0 && one != nullptr; one = one->ai_next) {
        if (one->ai_family == AF_INET) resolved.ipv4 = true;
    }
    if (resolved.code == 0) freeaddrinfo(found);
    return resolved;
}

}  // namespace

void run_mosquitto(MosquittoSession& session) {
    session.report({.phase = MqttPhase::resolving});
    // First by ourselves, so that a dead DNS has a name; libmosquitto's own lookup then finds the answer waiting.
    if (!session.set_stuck(true)) return;
    const Resolved resolved = resolve(session.options().host);
    if (!session.set_stuck(false)) return;
    ConnectionEnd end;
    if (resolved.code != 0) {
        end.why = name_lookup_error(session.options(), resolved.code);
    } else {
        const bool ipv4_only = session.ipv4_only() && resolved.ipv4;
        end = run_connection(session, true, ipv4_only);
        if (end.refused_version && !session.abandoned()) end = run_connection(session, false, ipv4_only);
    }
    // Nothing after this: it may be joined now.
    session.report({.kind = MqttReport::Kind::ended, .why = std::move(end.why)});
}

}  // namespace yizhan
