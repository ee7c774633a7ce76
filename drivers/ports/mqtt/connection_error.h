// What went wrong with a broker, in words a technician understands. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hal/error.h"
#include "hal/mqtt_client.h"

namespace yizhan {

// `code` as getaddrinfo returns it.
Error name_lookup_error(const MqttOptions& options, int code);
// `errno_value` of connect or of the first use of the socket.
Error connect_error(const MqttOptions& options, int errno_value);
// `log`: what libmosquitto logged while the handshake failed, OpenSSL's error strings among it.
Error tls_error(const MqttOptions& options, std::string_view log);
// `reason` of CONNACK, in MQTT 5 or 3.1.1 numbers (they do not overlap).
Error refusal_error(const MqttOptions& options, int reason);
// Nothing came within the time the phase has.
Error timeout_error(const MqttOptions& options, MqttPhase phase, seconds waited);
// An established connection ended; `why` may be empty.
Error lost_error(const MqttOptions& options, std::string_view why);

}  // namespace yizhan
