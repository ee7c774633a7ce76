// Uplink's side towards stationd: what comes from it, what it is told.
#include <nlohmann/json.hpp>
#include <utility>

#include "firmware/control/json_line.h"
#include "firmware/uplink/uplink.h"

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

// The numbers of a page of stationd's.
struct Span {
    std::uint64_t first = 0;
    std::uint64_t upto = 0;
    bool whole = true;  // the log lacks none between them
};

// Nothing: they do not rise, or there is none.
std::optional<Span> span_of(const nlohmann::json& records) {
    if (!records.is_array()) return std::nullopt;
    std::optional<Span> span;
    for (const auto& record : records) {
        const auto seq = number_member(record, "seq");
        if (!seq || (span && *seq <= span->upto)) return std::nullopt;
        if (!span) {
            span = {.first = *seq, .upto = *seq};
            continue;
        }
        span->whole = span->whole && *seq == span->upto + 1;
        span->upto = *seq;
    }
    return span;
}

}  // namespace

void Uplink::on_station_ready() {
    reported_.reset();
    station_lost_at_ = never;
    station_.send({{"do", "info"}}, [this](bool, const nlohmann::json& reply) { on_info(reply); });
    if (broker_.connected()) follow();
}

void Uplink::on_station_lost() {
    handed_in_ = 0;  // whether they were done nobody says; a centre that hears nothing makes a new one
    following_ = Following::nothing;
    // What is under way may still be answered, but there is nobody to acknowledge it to.
    go_back(std::nullopt);
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
    // Sent before stationd heard that we want no more: by the time it could go out it would be old.
    if (following_ == Following::nothing || following_ == Following::ending) return;
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
    const auto span = records == message.end() ? std::nullopt : span_of(*records);
    const bool in_order =
        epoch && span && (!received_ || (received_->epoch == *epoch && received_->upto < span->first));
    if (!in_order) {
        station_.start_over({"stationd sends records in no order", "none are lost: the feed begins again"});
        return;
    }
    // Acknowledging is cumulative: a record that was only left out would never come again. What is not there the second
    // time either is not in the log; the centre sees that it is missing, and asks.
    const bool whole = span->whole && (!received_ || received_->upto + 1 == span->first);
    if (!whole && asked_again_ < span->upto) {
        asked_again_ = span->upto;
        return unfollow();
    }
    asked_again_ = 0;
    if (feed_.full()) return unfollow();  // it sent on until it heard; this comes again
    received_ = FeedPosition{.epoch = static_cast<std::uint32_t>(*epoch), .upto = span->upto};
    feed_.add({.epoch = received_->epoch,
               .first = span->first,
               .upto = span->upto,
               .payload = to_text({{"epoch", *epoch}, {"records", *records}})});
}

// State and alarms at once; records where there is room for them.
void Uplink::follow() {
    nlohmann::json request = {{"do", "subscribe"}};
    if (following_ == Following::nothing) request.update({{"state", true}, {"live", true}});
    following_ = Following::state;
    if (feed_.low()) {
        following_ = Following::records;
        request["records_after"] = "acknowledged";
        if (received_ || back_to_) request["records_after"] = received_ ? received_->upto : back_to_->upto;
    }
    station_.send(std::move(request), [this](bool ok, const nlohmann::json& reply) {
        if (ok) return on_followed(reply);
        station_.start_over({"stationd refuses the feed", "use the same release of both"});
    });
}

// A station that has nothing new knows by this what the centre may ask for.
void Uplink::on_followed(const nlohmann::json& reply) {
    const auto epoch = number_member(reply, "epoch");
    const auto after = number_member(reply, "after");
    if (following_ != Following::records || !epoch || !after) return;
    const auto& asked = received_ ? received_ : back_to_;
    if (asked && asked->epoch != *epoch) {
        station_.start_over({"stationd has another log than it had", "none are lost: the feed begins again"});
        return;
    }
    received_ = FeedPosition{.epoch = static_cast<std::uint32_t>(*epoch), .upto = *after};
}

// Stops the feed, in a way that tells what was sent before from what is sent after.
void Uplink::unfollow() {
    if (following_ == Following::nothing || following_ == Following::ending || !station_.ready()) return;
    following_ = Following::ending;
    station_.send({{"do", "unsubscribe"}}, [this](bool, const nlohmann::json&) { following_ = Following::nothing; });
}

void Uplink::steer_feed() {
    if (!station_.ready()) return;
    if (stopping_ || !broker_.connected() || (following_ == Following::records && feed_.full())) {
        unfollow();
    } else if (following_ == Following::nothing || (following_ == Following::state && feed_.low())) {
        follow();
    }
}

void Uplink::acknowledge() {
    const auto upto = feed_.take_acknowledged();
    if (!upto || !station_.ready()) return;
    station_.send(
        {{"do", "ack"}, {"epoch", upto->epoch}, {"upto", upto->upto}}, [this](bool ok, const nlohmann::json&) {
            if (ok) return;
            station_.start_over({"stationd refuses an acknowledgement", "none are lost: the feed begins again"});
        });
}

Uplink::Report Uplink::current_report() const {
    if (!broker_.heard()) return {.connected = false, .fault = broker_.fault(), .detail = broker_.why().what};
    const auto refused = feed_.refused() && !feed_.unheard() ? topics_.event() : documents_.first_refused();
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
    if (feed_.unheard()) {
        return {.connected = true,
                .fault = UplinkFault::unacknowledged,
                .detail = "nobody at the broker has subscribed to " + topics_.event() +
                          ": is the centre's program running, and is its session a persistent one?"};
    }
    if (centre_silent_) {
        return {.connected = true,
                .fault = UplinkFault::unacknowledged,
                .detail =
                    "the broker takes the records, but the centre does not say that it has them: is "
                    "station-collector running, and may it publish to " +
                    topics_.event_ack() + "?"};
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

}  // namespace yizhan
