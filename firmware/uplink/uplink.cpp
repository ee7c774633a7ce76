#include "firmware/uplink/uplink.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "firmware/control/json_line.h"
#include "firmware/control/protocol.h"
#include "firmware/uplink/centre_messages.h"
#include "firmware/uplink/command_reply.h"
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
      random_(random),
      topics_(options.station),
      delivery_(options.delivery),
      catch_up_rate_(options.catch_up_rate),
      tell_(std::move(tell)),
      station_(stationd, *this, tell_),
      broker_(loop, client, random, with_client_id(options.broker, options.station), options.second_broker, *this),
      feed_(options.delivery),
      refusal_backoff_(random),
      centre_backoff_(random, centre_patience, longest_centre_patience) {
    loop_.join(*this);
}

Uplink::~Uplink() { loop_.leave(*this); }

void Uplink::start() { broker_.start(); }

// Deadlines

Mono Uplink::next_deadline() const {
    Mono next = std::min({broker_.next_deadline(), retry_at_, stop_at_, centre_due_});
    if (broker_.connected() && feed_from_) next = std::min(next, *feed_from_);
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
    if (now.mono >= centre_due_) {
        const bool again = std::exchange(centre_silent_, true);
        go_back(std::nullopt);
        if (again && !stopping_) broker_.try_the_other();
    }
    if (now.mono >= retry_at_) retry_refused();
    if (now.mono >= stop_at_) {
        stop_at_ = never;
        broker_.stop(true);
    }
}

void Uplink::settle(Now now) {
    if (broker_.connected()) {
        send_documents();
        send_feed(now);
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
    go_back(std::nullopt);
    // Two brokers that the centre is at neither of are not left more and more often.
    if (!centre_silent_) centre_backoff_.reset();
    next_state_at_ = now.mono;
    if (!station_.ready()) want_status(now, "offline", "station-daemon-away");
    subscribe(topics_.any_alarm());
    subscribe(topics_.any_command());
    subscribe(topics_.event_resend());
    if (delivery_ == Delivery::broker) return;
    feed_from_ = now.mono + random_wait(random_, milliseconds{0}, catch_up_spread);
    subscribe(topics_.event_ack());
}

void Uplink::subscribe(const std::string& topic) {
    // Alarms with QoS 0: with QoS 1 brokers leave out retained messages beyond about a thousand.
    broker_.subscribe(topic, topic == topics_.any_alarm() ? 0 : 1);
}

void Uplink::on_broker_lost() {
    acknowledge();
    go_back(std::nullopt);
    state_.reset();
    retry_at_ = never;
}

void Uplink::on_published(int message_id, int reason_code) {
    if (std::erase(replies_, message_id) > 0) return;
    const auto answer = feed_.answered(message_id, reason_code, loop_.now().mono);
    if (answer == FeedWindow::Answer::not_ours) static_cast<void>(documents_.answered(message_id, reason_code));
    if (reason_code >= 0x80 || answer == FeedWindow::Answer::refused) {
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
    if (!retained) on_centre(topic, payload);
    const auto verb = topics_.command_of(topic);
    if (!verb || !is_command_verb(*verb)) return;
    if (retained) ++retained_commands_;
    hand_in(std::string(*verb), payload, retained);
}

// Whose it is, whether it counts and that it came is stationd's business, also where it is none: nobody else can tell
// and record it. Here it is only carried, with no more of it than is enough to be refused as too long.
void Uplink::hand_in(const std::string& verb, std::string_view payload, bool retained) {
    if (stopping_ || replies_.size() + handed_in_ >= most_replies) {
        ++unanswered_commands_;
        return;
    }
    if (!station_.ready()) {
        reply(verb, command_reply(payload, refusal("busy", "stationd is away", "send it again in a minute")));
        return;
    }
    const std::string carried(payload.substr(0, control_payload_limit + 1));
    nlohmann::json request = {{"do", "command"}, {"verb", verb}, {"payload", carried}, {"retained", retained}};
    if (verb == "signers" && !retained) request = {{"do", "signers"}, {"document", carried}};
    ++handed_in_;
    station_.send(std::move(request), [this, verb, carried](bool, const nlohmann::json& answer) {
        --handed_in_;
        reply(verb, command_reply(carried, answer));
    });
}

void Uplink::reply(const std::string& verb, const std::string& text) {
    if (!broker_.connected() || stopping_) return;
    const int id = broker_.publish(topics_.reply(verb), text, false);
    if (id != 0) replies_.push_back(id);
}

void Uplink::on_centre(std::string_view topic, std::string_view payload) {
    const Mono now = loop_.now().mono;
    if (topic == topics_.event_ack()) {
        const auto upto = acknowledgement_in(payload);
        if (!upto || !feed_.delivered(*upto)) return;
        centre_silent_ = false;
        centre_backoff_.reset();
        centre_due_ = feed_.waits_for_centre() ? now + centre_backoff_.next() : never;
    } else if (topic == topics_.event_resend() && now >= resend_from_) {
        const auto before = before_missing_in(payload);
        // Of another epoch, or of what it cannot miss yet: nothing of that was sent on this connection.
        if (!before || !received_ || before->epoch != received_->epoch || before->upto >= received_->upto) return;
        resend_from_ = now + resend_interval;
        acknowledge();
        go_back(before);
    }
}

// The feed begins again, behind `to` or behind the last acknowledged record.
void Uplink::go_back(std::optional<FeedPosition> to) {
    feed_.clear();
    received_.reset();
    asked_again_ = 0;
    back_to_ = to;
    feed_from_.reset();
    centre_due_ = never;
    unfollow();
}

// Sending

void Uplink::send_documents() {
    while (const auto document = documents_.next()) {
        const int id = broker_.publish(document->topic, document->payload, true);
        if (id == 0) return;
        documents_.sent(id);
    }
}

void Uplink::send_feed(Now now) {
    if (feed_from_ && now.mono >= *feed_from_) feed_from_.reset();
    while (const auto* batch = feed_.next()) {
        if (feed_from_) return;
        const int id = broker_.publish(topics_.event(), batch->payload, false);
        if (id == 0) return;
        feed_from_ = now.mono + nanoseconds{seconds{batch->upto - batch->first + 1}} / catch_up_rate_;
        feed_.sent(id, now.mono);
        if (delivery_ == Delivery::collector && centre_due_ == never) centre_due_ = now.mono + centre_backoff_.next();
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
