#pragma once

#include <memory>
#include <optional>

#include "hal/event_loop.h"
#include "hal/mqtt_client.h"

namespace yizhan {

class MosquittoSession;

// MqttClient over libmosquitto. MQTT 5, or 3.1.1 with a broker that speaks no 5. TLS 1.2 or later where options.tls is
// set, always with the broker's name checked.
//
// Owns one thread while connecting or connected, for getaddrinfo blocks in every connect call of libmosquitto. All
// mosquitto_… calls of a connection are made in it; its results come through EventLoop::post. A connection has a
// libmosquitto handle of its own, so nothing of a former one can be sent again or answered late.
//
// Destroying it closes the connection without DISCONNECT (the broker sends the last will) and does not wait for a stuck
// name lookup: its thread ends by itself later and touches nothing. Must die before the loop. Loop thread only.
class MosquittoClient final : public MqttClient, private LoopMember {
 public:
    // How long each phase may take. A client that says goodbye waits `goodbye` for what is still to be sent.
    struct Limits {
        seconds resolving{10};
        seconds connecting{10};
        seconds handshaking{10};
        seconds authenticating{10};
        seconds goodbye{2};
    };

    explicit MosquittoClient(EventLoop& loop);
    MosquittoClient(EventLoop& loop, Limits limits);
    MosquittoClient(const MosquittoClient&) = delete;
    MosquittoClient& operator=(const MosquittoClient&) = delete;
    ~MosquittoClient() override;

    void start(MqttListener& listener) override;
    void connect(const MqttOptions& options) override;
    void disconnect(bool graceful) override;
    Result<int> publish(std::string_view topic, std::string_view payload, int qos, bool retain) override;
    Result<int> subscribe(std::string_view topic, int qos) override;

 private:
    Mono next_deadline() const override { return deadline_; }
    void advance(Now now) override;

    void take_reports();
    void enter(MqttPhase phase);
    void give_up(Error why);
    void end(const Error& why);
    seconds limit_of(MqttPhase phase) const;

    EventLoop& loop_;
    const Limits limits_;
    MqttListener* listener_ = nullptr;
    MqttOptions options_;
    std::shared_ptr<MosquittoSession> session_;
    MqttPhase phase_ = MqttPhase::idle;
    Mono deadline_ = never;
    std::optional<Error> given_up_;  // to be told in the next turn
    bool leaving_ = false;
    bool ipv4_only_ = false;  // the next attempt
    int last_id_ = 0;
};

}  // namespace yizhan
