#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/uplink/backoff.h"
#include "hal/error.h"
#include "hal/event_loop.h"
#include "hal/mqtt_client.h"
#include "hal/random.h"
#include "hal/time.h"

namespace yizhan {

// Why the centre does not hear us, by its name in status and alarm.
enum class UplinkFault : std::uint8_t {
    none,
    dns,  // the broker's name is not answered
    connect,  // TCP
    tls,
    auth,  // the broker refuses us
    lost,  // it worked, and broke
    stalled,  // no answer to a message within BrokerLink::patience
    subscription_refused,
    publish_refused,
    unacknowledged,  // the broker takes the records, but the centre does not say that it has them, or nobody listens
};
std::string_view name_of(UplinkFault fault);

struct BrokerAddress {
    std::string host;
    std::uint16_t port = 1883;
};

class BrokerLinkListener {
 public:
    virtual ~BrokerLinkListener() = default;
    // Asked before each attempt.
    virtual MqttWill last_will(Now now) = 0;
    virtual void on_broker_connected(Now now) = 0;
    virtual void on_broker_lost() = 0;
    // To a message of this connection: each once.
    virtual void on_published(int message_id, int reason_code) = 0;
    virtual void on_subscribed(const std::string& topic, bool granted) = 0;
    virtual void on_message(std::string_view topic, std::string_view payload, bool retained) = 0;
};

// Keeps a connection to the broker: connects, backs off and tries again for ever, notices a broker that has stopped
// answering, and knows what is wrong. With a second address each attempt that fails is followed by one at the other,
// and so is the last of a few connections in a row that were over at once; one that lasts stays where it is until it
// breaks or is left. Loop thread only.
class BrokerLink : private MqttListener {
 public:
    static constexpr seconds patience{20};
    static constexpr std::size_t most_unanswered = 128;
    // A broker that takes us in and drops us (somebody else has our client id, a quota is used up) would never fail an
    // attempt.
    static constexpr seconds short_life{10};
    static constexpr int most_short_lives = 3;

    // The first address is the one in `options`.
    BrokerLink(EventLoop& loop, MqttClient& client, Random& random, MqttOptions options,
               std::optional<BrokerAddress> second, BrokerLinkListener& listener);

    void start();
    // No further attempts. `graceful`: goodbye first, if there is a connection.
    void stop(bool graceful);
    // The centre is not at this broker: leaves it for the other address, if there is one.
    void try_the_other();
    bool idle() const { return phase_ == Phase::stopped; }  // stopped, and all is over

    bool connected() const { return phase_ == Phase::connected; }
    // The broker has answered on this connection: the centre hears us.
    bool heard() const { return connected() && heard_; }
    // Of the connection; stays until the broker has answered again.
    UplinkFault fault() const { return fault_; }
    const Error& why() const { return why_; }

    // QoS 1. 0: not now, nothing went out.
    [[nodiscard]] int publish(std::string_view topic, std::string_view payload, bool retain);
    void publish_unanswered(std::string_view topic, std::string_view payload);  // QoS 0; lost where it does not fit
    void subscribe(const std::string& topic, int qos);
    std::size_t unanswered() const { return unanswered_.size(); }

    Mono next_deadline() const;
    void advance(Now now);

 private:
    enum class Phase : std::uint8_t { waiting, trying, connected, dropping, stopping, stopped };
    struct Unanswered {
        Mono since;
        std::string subscription;  // or empty: a message
    };

    void on_phase(MqttPhase phase) override { reached_ = phase; }
    void on_connected() override;
    void on_disconnected(const Error& why) override;
    void on_published(int message_id, int reason_code) override;
    void on_subscribed(int message_id, bool granted) override;
    void on_message(std::string_view topic, std::string_view payload, bool retained) override;
    void try_now(Now now);
    void leave(UplinkFault fault, Error why);
    void turn_to_the_other();
    void answered();
    Mono oldest_unanswered() const;
    UplinkFault fault_of_attempt() const;

    EventLoop& loop_;
    MqttClient& client_;
    MqttOptions options_;
    std::optional<BrokerAddress> other_;  // than the one in options_
    BrokerLinkListener& listener_;
    Backoff backoff_;
    Phase phase_ = Phase::stopped;
    Mono try_at_ = never;
    MqttPhase reached_ = MqttPhase::idle;
    std::map<int, Unanswered> unanswered_;
    bool heard_ = false;
    Mono connected_at_{};
    int short_lives_ = 0;  // connections in a row that ended within short_life, at the address in options_
    UplinkFault fault_ = UplinkFault::none;
    Error why_;
};

}  // namespace yizhan
