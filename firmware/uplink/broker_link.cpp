#include "firmware/uplink/broker_link.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {

std::string_view name_of(UplinkFault fault) {
    switch (fault) {
        case UplinkFault::none:
            return "";
        case UplinkFault::dns:
            return "dns";
        case UplinkFault::connect:
            return "connect";
        case UplinkFault::tls:
            return "tls";
        case UplinkFault::auth:
            return "auth";
        case UplinkFault::lost:
            return "lost";
        case UplinkFault::stalled:
            return "stalled";
        case UplinkFault::subscription_refused:
            return "subscription-refused";
        case UplinkFault::publish_refused:
            return "publish-refused";
        case UplinkFault::unacknowledged:
            return "unacknowledged";
    }
    return "";
}

BrokerLink::BrokerLink(EventLoop& loop, MqttClient& client, Random& random, MqttOptions options,
                       std::optional<BrokerAddress> second, BrokerLinkListener& listener)
    : loop_(loop),
      client_(client),
      options_(std::move(options)),
      other_(std::move(second)),
      listener_(listener),
      backoff_(random) {}

void BrokerLink::start() {
    YZ_CHECK(phase_ == Phase::stopped);
    client_.start(*this);
    backoff_.reset();
    short_lives_ = 0;
    phase_ = Phase::waiting;
    try_at_ = Mono::min();
}

void BrokerLink::stop(bool graceful) {
    try_at_ = never;
    switch (phase_) {
        case Phase::waiting:
            phase_ = Phase::stopped;
            break;
        case Phase::trying:
        case Phase::connected:
            client_.disconnect(graceful);
            phase_ = Phase::stopping;
            break;
        case Phase::dropping:
            phase_ = Phase::stopping;
            break;
        case Phase::stopping:
        case Phase::stopped:
            break;
    }
}

Mono BrokerLink::next_deadline() const {
    switch (phase_) {
        case Phase::waiting:
            return try_at_;
        case Phase::connected: {
            const Mono oldest = oldest_unanswered();
            return oldest == never ? never : oldest + patience;
        }
        case Phase::trying:
        case Phase::dropping:
        case Phase::stopping:
        case Phase::stopped:
            break;
    }
    return never;
}

void BrokerLink::advance(Now now) {
    if (now.mono < next_deadline()) return;
    if (phase_ == Phase::waiting) {
        try_now(now);
    } else if (phase_ == Phase::connected) {
        leave(UplinkFault::stalled,
              {options_.host + " has not answered a message for " + std::to_string(patience.count()) + " s",
               "check the broker and the network"});
    }
}

void BrokerLink::try_the_other() {
    if (!connected() || !other_) return;
    leave(UplinkFault::unacknowledged, {"the centre does not say that it has what " + options_.host + " takes",
                                        "check that station-collector is at one of the two brokers"});
}

void BrokerLink::leave(UplinkFault fault, Error why) {
    fault_ = fault;
    why_ = std::move(why);
    phase_ = Phase::dropping;
    client_.disconnect(false);
    listener_.on_broker_lost();
}

void BrokerLink::try_now(Now now) {
    options_.will = listener_.last_will(now);
    phase_ = Phase::trying;
    reached_ = MqttPhase::idle;
    client_.connect(options_);
}

void BrokerLink::turn_to_the_other() {
    short_lives_ = 0;
    if (!other_) return;
    std::swap(options_.host, other_->host);
    std::swap(options_.port, other_->port);
}

void BrokerLink::on_connected() {
    if (phase_ != Phase::trying) return;
    phase_ = Phase::connected;
    heard_ = false;
    connected_at_ = loop_.now().mono;
    unanswered_.clear();
    listener_.on_broker_connected(loop_.now());
}

void BrokerLink::on_disconnected(const Error& why) {
    const Phase before = phase_;
    if (before == Phase::stopping) {
        phase_ = Phase::stopped;
        return;
    }
    unanswered_.clear();
    if (before != Phase::dropping) {
        fault_ = fault_of_attempt();
        why_ = why;
    }
    const bool lasted = before != Phase::trying && loop_.now().mono - connected_at_ >= short_life;
    // Not as soon as it answers: one that takes us in and drops us would be asked every second, for ever.
    if (lasted && heard_) backoff_.reset();
    if (before == Phase::connected) short_lives_ = lasted ? 0 : short_lives_ + 1;
    if (before != Phase::connected || short_lives_ >= most_short_lives) turn_to_the_other();
    phase_ = Phase::waiting;
    try_at_ = loop_.now().mono + backoff_.next();
    if (before == Phase::connected) listener_.on_broker_lost();
}

UplinkFault BrokerLink::fault_of_attempt() const {
    switch (reached_) {
        case MqttPhase::idle:
        case MqttPhase::resolving:
            return UplinkFault::dns;
        case MqttPhase::connecting:
            return UplinkFault::connect;
        case MqttPhase::handshaking:
            return UplinkFault::tls;
        case MqttPhase::authenticating:
            return UplinkFault::auth;
        case MqttPhase::connected:
            break;
    }
    return UplinkFault::lost;
}

int BrokerLink::publish(std::string_view topic, std::string_view payload, bool retain) {
    if (!connected() || unanswered_.size() >= most_unanswered) return 0;
    const auto id = client_.publish(topic, payload, 1, retain);
    if (!id) return 0;  // the client is full, or knows already that the connection is gone
    unanswered_.emplace(*id, Unanswered{.since = loop_.now().mono, .subscription = {}});
    return *id;
}

void BrokerLink::publish_unanswered(std::string_view topic, std::string_view payload) {
    if (connected() && !client_.publish(topic, payload, 0, false)) return;  // for screens: the next one will do
}

void BrokerLink::subscribe(const std::string& topic, int qos) {
    if (!connected() || unanswered_.size() >= most_unanswered) return;
    if (const auto id = client_.subscribe(topic, qos)) {
        unanswered_.emplace(*id, Unanswered{.since = loop_.now().mono, .subscription = topic});
    }
}

void BrokerLink::on_published(int message_id, int reason_code) {
    // An answer that comes twice, or belongs to a former connection, means nothing.
    if (!connected() || unanswered_.erase(message_id) == 0) return;
    answered();
    listener_.on_published(message_id, reason_code);
}

void BrokerLink::on_subscribed(int message_id, bool granted) {
    const auto found = unanswered_.find(message_id);
    if (!connected() || found == unanswered_.end()) return;
    const std::string topic = std::move(found->second.subscription);
    unanswered_.erase(found);
    answered();
    listener_.on_subscribed(topic, granted);
}

void BrokerLink::on_message(std::string_view topic, std::string_view payload, bool retained) {
    if (connected()) listener_.on_message(topic, payload, retained);
}

void BrokerLink::answered() {
    heard_ = true;
    fault_ = UplinkFault::none;
    why_ = {};
}

Mono BrokerLink::oldest_unanswered() const {
    // Ids rise with time: the first is the oldest.
    return unanswered_.empty() ? never : unanswered_.begin()->second.since;
}

}  // namespace yizhan
