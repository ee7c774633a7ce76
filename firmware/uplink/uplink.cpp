#include "firmware/uplink/uplink.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "firmware/control/json_line.h"
#include "firmware/uplink/command_refusal.h"
#include "hal/check.h"

namespace yizhan {
namespace {

MqttOptions with_client_id(MqttOptions options, std::string_view station) {
    options.client_id = "yizhan-" + std::string(station);
    return options;
}

}  // namespace

Uplink::Uplink(EventLoop& loop, StreamConnector& stationd, MqttClient& client, Random& random,
               const UplinkOptions& options, std::function<void(const Error&)> tell)
    : loop_(loop),
      topics_(options.station),
      tell_(std::move(tell)),
      station_(stationd, *this, tell_),
      broker_(loop, client, random, with_client_id(options.broker, options.station), *this),
      refusal_backoff_(random) {
    loop_.join(*this);
}

Uplink::~Uplink() { loop_.leave(*this); }

void Uplink::start() { broker_.start(); }

// Deadlines

Mono Uplink::next_deadline() const {
    Mono next = std::min({broker_.next_deadline(), retry_at_, stop_at_});
    if (!stopping_) next = std::min(next, station_.next_deadline());
    if (state_ && broker_.connected()) next = std::min(next, next_state_at_);
    if (station_lost_at_ != never) next = std::min(next, station_lost_at_ + station_grace);
    return next;
}

void Uplink::advance(Now now) {
    if (!stopping_) station_.advance(now);
    broker_.advance(now);
    if (station_lost_at_ != never && now.mono >= station_lost_at_ + station_grace) {
        station_lost_at_ = never;
        want_status(now, "offline", "station-daemon-away");
    }
    if (state_ && broker_.connected() && now.mono >= next_state_at_) {
        documents_.want(topics_.state(), *std::exchange(state_, std::nullopt));
        next_state_at_ = now.mono + state_interval;
    }
    if (now.mono >= retry_at_) retry_refused();
    if (now.mono >= stop_at_) {
        stop_at_ = never;
        broker_.stop(true);
    }
}

void Uplink::settle(Now) {
    if (broker_.connected()) {
        send_documents();
        send_feed();
    }
    acknowledge();
    steer_feed();
    report();
    if (stopping_) finish_stop();
}

// The broker

MqttWill Uplink::last_will(Now now) { return {.topic = topics_.status(), .payload = status_document(now, "lost", {})}; }

std::string Uplink::status_document(Now now, std::string_view state, std::string_view reason) const {
    nlohmann::json document = {{"state", state}, {"since", now.wall.time_since_epoch().count()}};
    if (!boot_.empty()) document["boot"] = boot_;
    if (!version_.empty()) document["version"] = version_;
    if (!reason.empty()) document["reason"] = reason;
    return to_text(document);
}

void Uplink::want_status(Now now, std::string_view state, std::string_view reason) {
    documents_.want(topics_.status(), status_document(now, state, reason));
}

void Uplink::on_broker_connected(Now now) {
    // What was true in the last connection need not be now: state and alarms come fresh from stationd.
    documents_.forget(topics_.state());
    documents_.forget(topics_.alarm(""));
    documents_.start_over();
    state_known_ = false;
    found_alarms_.clear();
    refused_subscriptions_.clear();
    retry_at_ = never;
    refusal_backoff_.reset();
    replies_.clear();
    feed_.clear();
    received_.reset();
    next_state_at_ = now.mono;
    if (!station_.ready()) want_status(now, "offline", "station-daemon-away");
    subscribe(topics_.any_alarm());
    subscribe(topics_.any_command());
}

void Uplink::subscribe(const std::string& topic) {
    // Alarms with QoS 0: with QoS 1 brokers leave out retained messages beyond about a thousand.
    broker_.subscribe(topic, topic == topics_.any_command() ? 1 : 0);
}

void Uplink::on_broker_lost() {
    acknowledge();
    feed_.clear();
    received_.reset();
    state_.reset();
    retry_at_ = never;
}

void Uplink::on_published(int message_id, int reason_code) {
    if (std::erase(replies_, message_id) > 0) return;
    if (feed_.answered(message_id, reason_code) == FeedWindow::Answer::not_ours) {
        static_cast<void>(documents_.answered(message_id, reason_code));
    }
    if (reason_code >= 0x80) {
        retry_later();
    } else if (!any_refused()) {
        refusal_backoff_.reset();
    }
}

void Uplink::on_subscribed(const std::string& topic, bool granted) {
    std::erase(refused_subscriptions_, topic);
    if (granted) return;
    refused_subscriptions_.push_back(topic);
    retry_later();
}

bool Uplink::any_refused() const {
    return feed_.refused() || !documents_.first_refused().empty() || !refused_subscriptions_.empty();
}

void Uplink::retry_later() {
    if (retry_at_ == never) retry_at_ = loop_.now().mono + refusal_backoff_.next();
}

void Uplink::retry_refused() {
    retry_at_ = never;
    feed_.retry();
    documents_.retry();
    for (const auto& topic : refused_subscriptions_) subscribe(topic);
}

void Uplink::on_message(std::string_view topic, std::string_view payload, bool retained) {
    if (const auto alarm = topics_.alarm_of(topic)) {
        // Our own come back too, but not as retained.
        if (!retained || payload.empty()) return;
        if (state_known_) {
            documents_.found(topic);
        } else if (found_alarms_.size() < most_found_alarms) {
            found_alarms_.emplace_back(topic);
        }
        return;
    }
    const auto verb = topics_.command_of(topic);
    if (!verb || !is_command_verb(*verb)) return;
    if (retained) {
        ++retained_commands_;
        return;
    }
    if (stopping_ || replies_.size() >= most_replies) {
        ++unanswered_commands_;
        return;
    }
    const int id = broker_.publish(topics_.reply(*verb), refuse_unsigned_command(payload), false);
    if (id != 0) replies_.push_back(id);
}

// Sending

void Uplink::send_documents() {
    while (const auto document = documents_.next()) {
        const int id = broker_.publish(document->topic, document->payload, true);
        if (id == 0) return;
        documents_.sent(id);
    }
}

void Uplink::send_feed() {
    while (const auto* batch = feed_.next()) {
        const int id = broker_.publish(topics_.event(), batch->payload, false);
        if (id == 0) return;
        feed_.sent(id);
    }
}

// Stopping

void Uplink::stop(std::function<void()> on_stopped) {
    if (stopping_) return;
    stopping_ = true;
    on_stopped_ = std::move(on_stopped);
    const Now now = loop_.now();
    station_lost_at_ = never;
    state_.reset();
    want_status(now, "offline");
    stop_at_ = now.mono + longest_goodbye;
    if (!broker_.connected()) broker_.stop(false);
    loop_.post([] {});  // the goodbye leaves when a turn settles, and nothing else may cause one
}

void Uplink::finish_stop() {
    if (broker_.connected() && broker_.unanswered() == 0 && documents_.settled()) broker_.stop(true);
    if (!broker_.idle() || !on_stopped_) return;
    stop_at_ = never;
    // In a turn of its own: whoever is called may destroy us.
    loop_.post(std::exchange(on_stopped_, nullptr));
}

}  // namespace yizhan
