#include "drivers/ports/mqtt/mosquitto_connection.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netdb.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>

#include "drivers/ports/mqtt/connection_error.h"
#include "hal/check.h"

namespace yizhan {
namespace {

struct DestroyMosquitto {
    void operator()(mosquitto* handle) const { mosquitto_destroy(handle); }
};

// Once and for good: cleaning up would pull the ground from under a thread that is stuck in a name lookup.
void init_library() {
    static const int rc = mosquitto_lib_init();
    YZ_CHECK(rc == MOSQ_ERR_SUCCESS);
}

// One libmosquitto handle from connecting to the end.
class MosquittoConnection {
 public:
    MosquittoConnection(MosquittoSession& session, int protocol) : session_(session), options_(session.options()) {
        handle_.reset(mosquitto_new(options_.client_id.c_str(), true, this));
        YZ_CHECK(handle_ != nullptr);  // out of memory, or a client id that settings should have refused
        mosquitto_int_option(handle_.get(), MOSQ_OPT_PROTOCOL_VERSION, protocol);
        mosquitto_int_option(handle_.get(), MOSQ_OPT_TCP_NODELAY, 1);
        mosquitto_log_callback_set(handle_.get(), on_log);
        mosquitto_connect_v5_callback_set(handle_.get(), on_connect);
        mosquitto_publish_v5_callback_set(handle_.get(), on_publish);
        mosquitto_subscribe_v5_callback_set(handle_.get(), on_subscribe);
        mosquitto_message_v5_callback_set(handle_.get(), on_message);
        mosquitto_disconnect_v5_callback_set(handle_.get(), on_disconnect);
    }

    // Until the connection is over or the session abandoned.
    Error run(bool ipv4_only) {
        if (auto why = prepare()) return *why;
        if (auto why = connect(ipv4_only)) return *why;
        while (!over_) turn();
        return over_.value_or(Error{});
    }

    bool refused_version() const { return refused_version_; }

 private:
    struct Sent {
        int id;
        int qos;
        std::size_t bytes;
        bool subscription;
    };

    std::optional<Error> prepare() {
        if (!options_.username.empty()) {
            mosquitto_username_pw_set(handle_.get(), options_.username.c_str(), options_.password.c_str());
        }
        const auto& will = options_.will;
        if (!will.topic.empty()) {
            const int rc =
                mosquitto_will_set_v5(handle_.get(), will.topic.c_str(), static_cast<int>(will.payload.size()),
                                      will.payload.data(), 1, true, nullptr);
            if (rc != MOSQ_ERR_SUCCESS) return Error{"cannot set the last will", "check the station's id"};
        }
        if (options_.tls) {
            const auto text = [](const std::string& path) { return path.empty() ? nullptr : path.c_str(); };
            const auto& tls = *options_.tls;
            int rc = mosquitto_tls_set(handle_.get(), text(tls.ca_file), nullptr, text(tls.certificate_file),
                                       text(tls.key_file), nullptr);
            constexpr int verify_peer = 1;  // OpenSSL's SSL_VERIFY_PEER
            // "tlsv1.2" is the lowest version it takes, not the only one.
            if (rc == MOSQ_ERR_SUCCESS) rc = mosquitto_tls_opts_set(handle_.get(), verify_peer, "tlsv1.2", nullptr);
            if (rc == MOSQ_ERR_SUCCESS) rc = mosquitto_tls_insecure_set(handle_.get(), false);
            if (rc != MOSQ_ERR_SUCCESS) {
                return Error{"cannot use the TLS files in the settings",
                             "check ca_file, certificate_file, key_file and their permissions"};
            }
        }
        return std::nullopt;
    }

    std::optional<Error> connect(bool ipv4_only) {
        if (!session_.set_stuck(true)) return Error{};  // it looks the name up once more
        errno = 0;
        const int rc = mosquitto_connect_bind_async(handle_.get(), options_.host.c_str(), options_.port,
                                                    static_cast<int>(options_.keep_alive.count()),
                                                    ipv4_only ? "0.0.0.0" : nullptr);
        const int error = errno;
        if (!session_.set_stuck(false)) return Error{};
        if (rc == MOSQ_ERR_SUCCESS || rc == MOSQ_ERR_CONN_PENDING) return std::nullopt;
        if (rc == MOSQ_ERR_EAI) return name_lookup_error(options_, EAI_AGAIN);
        enter(MqttPhase::connecting);
        if (rc == MOSQ_ERR_TLS) {
            enter(MqttPhase::handshaking);
            return tls_error(options_, log_);
        }
        return connect_error(options_, error);
    }

    // One wait and what comes of it.
    void turn() {
        if (phase_ == MqttPhase::idle) enter(MqttPhase::connecting);
        std::array<pollfd, 2> fds{};
        fds[0] = {.fd = session_.wake_fd(), .events = POLLIN, .revents = 0};
        fds[1] = {.fd = mosquitto_socket(handle_.get()), .events = wanted_events(), .revents = 0};
        poll(fds.data(), fds.size(), 1000);  // keep-alive wants a look each second
        if (session_.abandoned()) {
            over_ = Error{};
            return;
        }
        perform_commands();
        if (fds[1].revents != 0 && !over_) on_ready();
        if (!over_) check(mosquitto_loop_misc(handle_.get()));
    }

    short wanted_events() {
        if (phase_ == MqttPhase::connecting) return POLLOUT;
        int events = session_.may_read() ? POLLIN : 0;
        // While TLS shakes hands there always is something to write (CONNECT) and never room for it.
        if (phase_ != MqttPhase::handshaking && mosquitto_want_write(handle_.get())) events |= POLLOUT;
        return static_cast<short>(events);
    }

    void on_ready() {
        if (phase_ == MqttPhase::connecting) {
            int error = 0;
            socklen_t size = sizeof error;
            getsockopt(mosquitto_socket(handle_.get()), SOL_SOCKET, SO_ERROR, &error, &size);
            if (error != 0) {
                over_ = connect_error(options_, error);
                return;
            }
            enter(options_.tls ? MqttPhase::handshaking : MqttPhase::authenticating);
        } else if (session_.may_read()) {
            errno = 0;
            check(mosquitto_loop_read(handle_.get(), 1));
        }
        flush();
        // CONNECT has left: TLS stands.
        if (phase_ == MqttPhase::handshaking && !over_ && !mosquitto_want_write(handle_.get())) {
            enter(MqttPhase::authenticating);
        }
    }

    void flush() {
        if (over_ || !mosquitto_want_write(handle_.get())) return;
        errno = 0;
        check(mosquitto_loop_write(handle_.get(), 1));
    }

    void perform_commands() {
        for (const auto& command : session_.take_commands()) {
            if (over_) return;
            int mid = 0;
            int rc = MOSQ_ERR_SUCCESS;
            const Sent sent{.id = command.id,
                            .qos = command.qos,
                            .bytes = command.topic.size() + command.payload.size(),
                            .subscription = command.kind == MqttCommand::Kind::subscribe};
            // A QoS 0 message may be written, and reported as sent, inside the call that would tell its number.
            sending_ = sent;
            errno = 0;
            switch (command.kind) {
                case MqttCommand::Kind::disconnect:
                    leaving_ = true;
                    check(mosquitto_disconnect_v5(handle_.get(), MQTT_RC_NORMAL_DISCONNECTION, nullptr));
                    continue;
                case MqttCommand::Kind::publish:
                    rc = mosquitto_publish_v5(handle_.get(), &mid, command.topic.c_str(),
                                              static_cast<int>(command.payload.size()), command.payload.data(),
                                              command.qos, command.retain, nullptr);
                    break;
                case MqttCommand::Kind::subscribe:
                    rc = mosquitto_subscribe_v5(handle_.get(), &mid, command.topic.c_str(), command.qos, 0, nullptr);
                    break;
            }
            if (rc == MOSQ_ERR_SUCCESS) {
                if (sending_) sent_.insert_or_assign(mid, sent);
            } else if (sending_) {
                not_sent(sent, rc);
            }
            sending_.reset();
        }
    }

    // Nothing of it went out. Where the connection is lost its end says the rest.
    void not_sent(const Sent& sent, int rc) {
        session_.settled(sent.bytes);
        if (rc == MOSQ_ERR_NO_CONN || rc == MOSQ_ERR_CONN_LOST || rc == MOSQ_ERR_ERRNO) {
            check(rc);
            return;
        }
        answer(sent, rc == MOSQ_ERR_OVERSIZE_PACKET || rc == MOSQ_ERR_PAYLOAD_SIZE ? MQTT_RC_PACKET_TOO_LARGE
                                                                                   : MQTT_RC_UNSPECIFIED);
    }

    void answer(const Sent& sent, int reason) {
        if (sent.subscription) {
            MqttReport report{.kind = MqttReport::Kind::subscribed, .id = sent.id};
            report.flag = reason < 0x80;
            session_.report(std::move(report));
        } else if (sent.qos > 0) {
            MqttReport report{.kind = MqttReport::Kind::published, .id = sent.id};
            report.reason_code = reason;
            session_.report(std::move(report));
        }
    }

    void settle(int mid, int reason) {
        const auto found = sent_.find(mid);
        if (found == sent_.end()) {
            // Written at once, before its number was known to us.
            if (sending_ && sending_->qos == 0 && !sending_->subscription) {
                session_.settled(sending_->bytes);
                sending_.reset();
            }
            return;
        }
        session_.settled(found->second.bytes);
        answer(found->second, reason);
        sent_.erase(found);
    }

    // What a libmosquitto call says about the connection.
    void check(int rc) {
        if (over_) return;
        const int error = errno;
        if (rc == MOSQ_ERR_SUCCESS && mosquitto_socket(handle_.get()) >= 0) return;
        // libmosquitto 2.0 cannot read the CONNACK of a 3.1.1 broker that refuses MQTT 5: it has no properties.
        const bool unreadable = rc == MOSQ_ERR_MALFORMED_PACKET || rc == MOSQ_ERR_PROTOCOL;
        if (phase_ == MqttPhase::authenticating && unreadable && refused_ == 0) {
            refused_ = MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION;
            refused_version_ = true;
        }
        if (refused_ != 0) {
            over_ = refusal_error(options_, refused_);
        } else if (leaving_) {
            over_ = Error{"disconnected as asked", ""};
        } else if (phase_ == MqttPhase::handshaking) {
            over_ = tls_error(options_, log_);
        } else if (phase_ == MqttPhase::connecting) {
            over_ = connect_error(options_, error);
        } else if (rc == MOSQ_ERR_KEEPALIVE) {
            over_ = lost_error(options_, "it no longer answers");
        } else if (!log_.empty()) {
            // With TLS 1.3 the broker judges our certificate after the handshake is over for us.
            over_ = phase_ == MqttPhase::authenticating ? tls_error(options_, log_) : lost_error(options_, log_);
        } else if (phase_ == MqttPhase::authenticating) {
            over_ = Error{options_.host + " ended the connection without an answer",
                          "check that the port is the broker's, and the broker's log"};
        } else {
            over_ = lost_error(options_, disconnect_reason_);
        }
    }

    void enter(MqttPhase phase) {
        phase_ = phase;
        MqttReport report{.phase = phase};
        session_.report(std::move(report));
    }

    static MosquittoConnection& self(void* object) { return *static_cast<MosquittoConnection*>(object); }

    static void on_log(mosquitto*, void* object, int level, const char* text) {
        if (level != MOSQ_LOG_ERR) return;
        std::string& log = self(object).log_;
        if (log.size() < 2048) log.append(text).append("\n");
    }

    static void on_connect(mosquitto*, void* object, int reason, int, const mosquitto_property*) {
        auto& it = self(object);
        if (reason != 0) {
            // The numbers of the two protocols do not overlap; 1 is 3.1.1's word for a version it does not speak.
            it.refused_ = reason;
            it.refused_version_ = reason == 1 || reason == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION;
            if (!it.refused_version_) it.enter(MqttPhase::authenticating);
            it.over_ = refusal_error(it.options_, reason);
            return;
        }
        it.phase_ = MqttPhase::connected;
        it.log_.clear();
        it.session_.report({.kind = MqttReport::Kind::connected});
    }

    static void on_publish(mosquitto*, void* object, int mid, int reason, const mosquitto_property*) {
        self(object).settle(mid, reason);
    }

    static void on_subscribe(mosquitto*, void* object, int mid, int count, const int* granted,
                             const mosquitto_property*) {
        self(object).settle(mid, count > 0 ? granted[0] : MQTT_RC_UNSPECIFIED);
    }

    static void on_message(mosquitto*, void* object, const mosquitto_message* message, const mosquitto_property*) {
        if (message->payloadlen < 0) return;
        const auto size = static_cast<std::size_t>(message->payloadlen);
        if (size > MosquittoSession::longest_message) return;
        MqttReport report{.kind = MqttReport::Kind::message, .topic = message->topic};
        report.payload.assign(static_cast<const char*>(message->payload), size);
        report.flag = message->retain;
        self(object).session_.report(std::move(report));
    }

    static void on_disconnect(mosquitto*, void* object, int reason, const mosquitto_property*) {
        // MQTT 5: the broker says goodbye with a reason. Below 0x80 it is one of libmosquitto's own numbers.
        if (reason >= 0x80) self(object).disconnect_reason_ = mosquitto_reason_string(reason);
    }

    MosquittoSession& session_;
    const MqttOptions& options_;
    std::unique_ptr<mosquitto, DestroyMosquitto> handle_;
    MqttPhase phase_ = MqttPhase::idle;
    std::map<int, Sent> sent_;  // by libmosquitto's number; at most MosquittoSession::most_outstanding
    std::optional<Sent> sending_;  // the one being handed over
    std::optional<Error> over_;
    std::string log_;
    std::string disconnect_reason_;
    int refused_ = 0;
    bool refused_version_ = false;
    bool leaving_ = false;
};

}  // namespace

ConnectionEnd run_connection(MosquittoSession& session, bool mqtt5, bool ipv4_only) {
    init_library();
    MosquittoConnection connection(session, mqtt5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    ConnectionEnd end;
    end.why = connection.run(ipv4_only);
    end.refused_version = connection.refused_version();
    return end;
}

}  // namespace yizhan
