#include "drivers/ports/mqtt/mosquitto_client.h"

#include <utility>

#include "drivers/ports/mqtt/connection_error.h"
#include "drivers/ports/mqtt/mosquitto_session.h"
#include "hal/check.h"

namespace yizhan {

MosquittoClient::MosquittoClient(EventLoop& loop) : MosquittoClient(loop, Limits{}) {}

MosquittoClient::MosquittoClient(EventLoop& loop, Limits limits) : loop_(loop), limits_(limits) { loop_.join(*this); }

MosquittoClient::~MosquittoClient() {
    if (session_) session_->abandon();
    loop_.leave(*this);
}

void MosquittoClient::start(MqttListener& listener) { listener_ = &listener; }

void MosquittoClient::connect(const MqttOptions& options) {
    YZ_CHECK(listener_ != nullptr);
    YZ_CHECK(!session_ && !given_up_);
    options_ = options;
    leaving_ = false;
    session_ = std::make_shared<MosquittoSession>(loop_, options, ipv4_only_);
    session_->start([this] { take_reports(); });
    // Said by the thread too, but its time runs from now on.
    phase_ = MqttPhase::resolving;
    deadline_ = loop_.now().mono + limits_.resolving;
}

void MosquittoClient::disconnect(bool graceful) {
    if (!session_) return;
    if (!graceful || phase_ != MqttPhase::connected) {
        give_up({"disconnected as asked", ""});
        return;
    }
    if (leaving_) return;
    leaving_ = true;
    deadline_ = loop_.now().mono + limits_.goodbye;
    session_->send({.kind = MqttCommand::Kind::disconnect});
}

Result<int> MosquittoClient::publish(std::string_view topic, std::string_view payload, int qos, bool retain) {
    if (phase_ != MqttPhase::connected || leaving_) return failure("not connected to a broker");
    const int id = ++last_id_;
    if (!session_->send({.kind = MqttCommand::Kind::publish,
                         .id = id,
                         .topic = std::string(topic),
                         .payload = std::string(payload),
                         .qos = qos,
                         .retain = retain})) {
        return failure("too many messages wait for the broker", "wait for its answers");
    }
    return id;
}

Result<int> MosquittoClient::subscribe(std::string_view topic, int qos) {
    if (phase_ != MqttPhase::connected || leaving_) return failure("not connected to a broker");
    const int id = ++last_id_;
    if (!session_->send(
            {.kind = MqttCommand::Kind::subscribe, .id = id, .topic = std::string(topic), .payload = {}, .qos = qos})) {
        return failure("too many messages wait for the broker", "wait for its answers");
    }
    return id;
}

void MosquittoClient::advance(Now) {
    if (given_up_) {
        const Error why = *std::exchange(given_up_, std::nullopt);
        deadline_ = never;
        listener_->on_disconnected(why);
    } else if (session_) {
        end(timeout_error(options_, phase_, leaving_ ? limits_.goodbye : limit_of(phase_)));
    } else {
        deadline_ = never;
    }
}

void MosquittoClient::take_reports() {
    // The listener may disconnect, and connect again, in any call: what is left then belongs to nobody.
    const auto session = session_;
    for (auto& report : session->take_reports()) {
        if (session != session_) return;
        switch (report.kind) {
            case MqttReport::Kind::phase:
                enter(report.phase);
                break;
            case MqttReport::Kind::connected:
                enter(MqttPhase::connected);
                if (session == session_) listener_->on_connected();
                break;
            case MqttReport::Kind::published:
                listener_->on_published(report.id, report.reason_code);
                break;
            case MqttReport::Kind::subscribed:
                listener_->on_subscribed(report.id, report.flag);
                break;
            case MqttReport::Kind::message:
                listener_->on_message(report.topic, report.payload, report.flag);
                break;
            case MqttReport::Kind::ended:
                end(report.why);
                return;
        }
    }
}

void MosquittoClient::enter(MqttPhase phase) {
    if (!leaving_) deadline_ = phase == MqttPhase::connected ? never : loop_.now().mono + limit_of(phase);
    phase_ = phase;
    listener_->on_phase(phase);
}

void MosquittoClient::give_up(Error why) {
    session_->abandon();
    session_.reset();
    phase_ = MqttPhase::idle;
    given_up_ = std::move(why);
    deadline_ = loop_.now().mono;
}

void MosquittoClient::end(const Error& why) {
    // A host with both kinds of address and a path that swallows one of them: try the other next time.
    ipv4_only_ = phase_ == MqttPhase::connecting && !ipv4_only_;
    session_->abandon();
    session_.reset();
    phase_ = MqttPhase::idle;
    deadline_ = never;
    listener_->on_disconnected(why);
}

seconds MosquittoClient::limit_of(MqttPhase phase) const {
    switch (phase) {
        case MqttPhase::connecting:
            return limits_.connecting;
        case MqttPhase::handshaking:
            return limits_.handshaking;
        case MqttPhase::authenticating:
            return limits_.authenticating;
        case MqttPhase::idle:
        case MqttPhase::resolving:
        case MqttPhase::connected:
            break;
    }
    return limits_.resolving;
}

}  // namespace yizhan
