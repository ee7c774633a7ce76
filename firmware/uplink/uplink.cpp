#include "firmware/uplink/uplink.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "firmware/control/json_line.h"
#include "firmware/uplink/command_refusal.h"
#include "hal/check.h"

namespace yizhan {
namespace {

std::string text_member(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::uint64_t> number_member(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
}

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

// stationd

void Uplink::on_station_ready() {
    reported_.reset();
    station_lost_at_ = never;
    station_.send({{"do", "info"}}, [this](const nlohmann::json& reply) { on_info(reply); });
    if (broker_.connected()) follow();
}

void Uplink::on_station_lost() {
    following_ = Following::nothing;
    // What is under way may still be answered, but there is nobody to acknowledge it to.
    feed_.clear();
    received_.reset();
    state_.reset();
    station_lost_at_ = loop_.now().mono;
}

void Uplink::on_info(const nlohmann::json& reply) {
    const auto info = reply.find("info");
    if (info == reply.end() || !info->is_object()) {
        station_.start_over({"stationd does not tell its info", "use the same release of both"});
        return;
    }
    boot_ = text_member(*info, "boot");
    version_ = text_member(*info, "version");
    want_status(loop_.now(), "online");
    documents_.want(topics_.info(), to_text(*info));
}

void Uplink::on_push(const nlohmann::json& message) {
    const auto kind = text_member(message, "push");
    if (kind == "records") {
        on_records(message);
    } else if (kind == "state") {
        if (const auto state = message.find("state"); state != message.end()) on_state(*state);
    } else if (kind == "live") {
        if (const auto record = message.find("record"); record != message.end() && !stopping_) {
            broker_.publish_unanswered(topics_.live(), to_text(*record));
        }
    }
}

void Uplink::on_state(const nlohmann::json& state) {
    if (!state.is_object() || stopping_) return;
    std::vector<std::string> active;
    if (const auto alarms = state.find("alarms"); alarms != state.end() && alarms->is_array()) {
        for (const auto& alarm : *alarms) {
            const auto name = text_member(alarm, "name");
            auto topic = topics_.alarm(name);
            if (!topics_.alarm_of(topic) || active.size() >= most_alarms) continue;
            documents_.want(topic, to_text(alarm));
            active.push_back(std::move(topic));
        }
    }
    documents_.want_only(topics_.alarm(""), active);
    state_known_ = true;
    for (const auto& topic : std::exchange(found_alarms_, {})) documents_.found(topic);
    state_ = to_text(state);
}

void Uplink::on_records(const nlohmann::json& message) {
    if (following_ != Following::records) return;  // sent before stationd heard that we want no more
    const auto epoch = number_member(message, "epoch");
    const auto records = message.find("records");
    if (!epoch || records == message.end() || !records->is_array() || records->empty()) return;
    const auto first = number_member(records->front(), "seq");
    const auto last = number_member(records->back(), "seq");
    // Acknowledging is cumulative: a record that was left out here would never come again.
    const bool follows = first && last && *first <= *last &&
                         (!received_ || (received_->epoch == *epoch && received_->upto + 1 == *first));
    if (!follows) {
        station_.start_over({"stationd left out records", "none are lost: the feed begins again"});
        return;
    }
    if (feed_.full()) return unfollow();  // it sent on until it heard; this comes again
    received_ = FeedPosition{.epoch = static_cast<std::uint32_t>(*epoch), .upto = *last};
    feed_.add({.epoch = received_->epoch,
               .upto = received_->upto,
               .payload = to_text({{"epoch", *epoch}, {"records", *records}})});
}

void Uplink::follow() {
    following_ = Following::records;
    nlohmann::json request = {{"do", "subscribe"}, {"state", true}, {"live", true}, {"records_after", "acknowledged"}};
    if (received_) request["records_after"] = received_->upto;
    station_.send(std::move(request), [this](const nlohmann::json& reply) {
        if (reply.value("ok", false)) return;
        station_.start_over({"stationd refuses the feed", "use the same release of both"});
    });
}

// Stops the feed, in a way that tells what was sent before from what is sent after.
void Uplink::unfollow() {
    if (following_ != Following::records || !station_.ready()) return;
    following_ = Following::ending;
    station_.send({{"do", "unsubscribe"}}, [this](const nlohmann::json&) { following_ = Following::nothing; });
}

void Uplink::steer_feed() {
    if (!station_.ready()) return;
    if (stopping_ || !broker_.connected()) {
        unfollow();
    } else if (feed_.full()) {
        unfollow();
    } else if (following_ == Following::nothing && feed_.size() <= FeedWindow::most_unanswered / 2) {
        follow();
    }
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

void Uplink::acknowledge() {
    const auto upto = feed_.take_acknowledged();
    if (!upto || !station_.ready()) return;
    station_.send({{"do", "ack"}, {"epoch", upto->epoch}, {"upto", upto->upto}}, [this](const nlohmann::json& reply) {
        if (reply.value("ok", false)) return;
        station_.start_over({"stationd refuses an acknowledgement", "none are lost: the feed begins again"});
    });
}

Uplink::Report Uplink::current_report() const {
    if (!broker_.heard()) return {.connected = false, .fault = broker_.fault(), .detail = broker_.why().what};
    const auto refused = feed_.refused() ? topics_.event() : documents_.first_refused();
    if (!refused.empty()) {
        return {.connected = true,
                .fault = UplinkFault::publish_refused,
                .detail = "the broker refuses " + refused + ": check its access list"};
    }
    if (!refused_subscriptions_.empty()) {
        return {.connected = true,
                .fault = UplinkFault::subscription_refused,
                .detail = "the broker refuses a subscription to " + refused_subscriptions_.front() +
                          ": check its access list"};
    }
    return {.connected = true, .fault = UplinkFault::none, .detail = {}};
}

void Uplink::report() {
    auto now = current_report();
    if (reported_ == now && station_.ready()) return;
    // To the journal only what is new in kind: the same fault in other words, once a minute for weeks, is no news.
    const auto kind = now.connected && now.fault == UplinkFault::none ? "connected" : std::string(name_of(now.fault));
    if (kind != told_) {
        told_ = kind;
        if (!kind.empty()) tell_({kind + (now.detail.empty() ? "" : ": " + now.detail), broker_.why().cure});
    }
    if (!station_.ready()) return;
    station_.send(
        {{"do", "uplink"}, {"connected", now.connected}, {"fault", name_of(now.fault)}, {"detail", now.detail}}, {});
    reported_ = std::move(now);
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
}

void Uplink::finish_stop() {
    if (broker_.connected() && broker_.unanswered() == 0 && documents_.settled()) broker_.stop(true);
    if (!broker_.idle() || !on_stopped_) return;
    stop_at_ = never;
    // In a turn of its own: whoever is called may destroy us.
    loop_.post(std::exchange(on_stopped_, nullptr));
}

}  // namespace yizhan
