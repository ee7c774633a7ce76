// The MQTT client seam. Two implementations: drivers/ports/mqtt (libmosquitto) and drivers/simulated/mqtt_broker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hal/error.h"
#include "hal/time.h"

namespace yizhan {

struct MqttTls {
    std::string ca_file;
    std::string certificate_file;  // client certificate; empty: none
    std::string key_file;
};

struct MqttWill {
    std::string topic;
    std::string payload;  // sent by the broker, QoS 1, retained
};

struct MqttOptions {
    std::string host;
    std::uint16_t port = 1883;
    std::string client_id;
    std::string username;
    std::string password;  // never logged
    seconds keep_alive{30};
    std::optional<MqttTls> tls;
    MqttWill will;
};

// How far an attempt to connect has come: what a fault is named after.
enum class MqttPhase : std::uint8_t {
    idle,  // also from on_disconnected on, without a call of on_phase
    resolving,  // looking the host's name up
    connecting,  // TCP
    handshaking,  // TLS; skipped without
    authenticating,  // MQTT CONNECT is sent, or answered with a refusal
    connected,
};

class MqttListener {
 public:
    virtual ~MqttListener() = default;
    virtual void on_phase(MqttPhase phase) = 0;
    virtual void on_connected() = 0;
    // Every attempt that fails and every connection that ends says so once, in words a technician understands.
    virtual void on_disconnected(const Error& why) = 0;
    // reason_code as MQTT 5 has it; 0 where the broker speaks 3.1.1. Below 0x80 the broker has taken the message.
    virtual void on_published(int message_id, int reason_code) = 0;
    virtual void on_subscribed(int message_id, bool granted) = 0;
    virtual void on_message(std::string_view topic, std::string_view payload, bool retained) = 0;
};

// Loop thread only; nothing here waits. It does not reconnect by itself: whoever owns it decides when.
class MqttClient {
 public:
    virtual ~MqttClient() = default;
    virtual void start(MqttListener& listener) = 0;
    // One attempt, with a clean session. Only while idle.
    virtual void connect(const MqttOptions& options) = 0;
    // Ends in on_disconnected, also while an attempt is under way. `graceful` sends DISCONNECT: no last will.
    virtual void disconnect(bool graceful) = 0;
    // Only while connected; the id comes back in on_published (QoS 1). Nothing is kept for later: what was not
    // answered when the connection ends is the caller's to send again.
    virtual Result<int> publish(std::string_view topic, std::string_view payload, int qos, bool retain) = 0;
    virtual Result<int> subscribe(std::string_view topic, int qos) = 0;
};

}  // namespace yizhan
