#include "drivers/simulated/mqtt_broker.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {
namespace {

// As the real client's limits.
constexpr milliseconds client_patience{10000};

std::string_view first_level(std::string_view topic) { return topic.substr(0, topic.find('/')); }

bool any_matches(const std::vector<std::string>& filters, std::string_view topic) {
    return std::ranges::any_of(filters, [&](const auto& filter) { return topic_matches(filter, topic); });
}

}  // namespace

bool topic_matches(std::string_view filter, std::string_view topic) {
    for (;;) {
        const auto want = first_level(filter);
        if (want == "#") return true;
        const auto have = first_level(topic);
        if (want != "+" && want != have) return false;
        const bool filter_ends = want.size() == filter.size();
        const bool topic_ends = have.size() == topic.size();
        if (filter_ends || topic_ends) return filter_ends ? topic_ends : filter.substr(want.size()) == "/#";
        filter.remove_prefix(want.size() + 1);
        topic.remove_prefix(have.size() + 1);
    }
}

// One attempt to connect and the connection that came of it. Held by its client until that knows of the end, and by the
// broker while it is connected for it.
struct MqttBroker::Link {
    std::uint64_t program = 0;  // of the client
    MqttClient* client = nullptr;  // none once the client has let go of it
    MqttOptions options;
    std::vector<std::string> subscriptions;
    std::size_t unanswered = 0;
    std::map<std::string, std::pair<Mono, int>> refusals;  // of topics: until when, and the reason
    Mono arrives;  // what the client sent last
};

void MqttBroker::tell(const std::shared_ptr<Link>& link, milliseconds delay, std::function<void(MqttClient&)> what) {
    // Two steps: the world's time passes, then the client's loop gets something to do.
    scheduler_.after(delay, [link, what = std::move(what)] {
        if (link->client == nullptr) return;
        link->client->loop_.post([link, what] {
            if (link->client != nullptr) what(*link->client);
        });
    });
}

void MqttBroker::attempt(const std::shared_ptr<Link>& link, MqttPhase phase) {
    const auto fail = [&](milliseconds delay, Error why) {
        tell(link, delay, [why = std::move(why)](MqttClient& client) { client.end(why); });
    };
    const auto go_on = [&](MqttPhase next) {
        tell(link, latency, [this, link, next](MqttClient&) { attempt(link, next); });
    };
    link->client->phase_ = phase;
    link->client->listener_->on_phase(phase);
    if (link->client == nullptr) return;  // the listener lost interest
    switch (phase) {
        case MqttPhase::resolving:
            if (faults.dead_dns) {
                fail(client_patience,
                     {"no DNS answer for " + link->options.host + " after 10 s", "check the network or the name"});
            } else {
                go_on(MqttPhase::connecting);
            }
            break;
        case MqttPhase::connecting:
            if (faults.away || std::ranges::find(faults.deaf_hosts, link->options.host) != faults.deaf_hosts.end()) {
                fail(latency, {"cannot connect to " + link->options.host + ": refused", "check that the broker runs"});
            } else {
                go_on(link->options.tls ? MqttPhase::handshaking : MqttPhase::authenticating);
            }
            break;
        case MqttPhase::handshaking:
            if (faults.bad_certificate) {
                fail(latency, {"the certificate of " + link->options.host + " is expired", "renew it"});
            } else {
                go_on(MqttPhase::authenticating);
            }
            break;
        case MqttPhase::authenticating:
            if (faults.refuses) {
                fail(latency, {link->options.host + " refused: not authorised", "check user and password"});
            } else if (faults.away) {
                fail(latency, {"lost the connection to " + link->options.host, "check the network"});
            } else {
                accept(link);
            }
            break;
        case MqttPhase::idle:
        case MqttPhase::connected:
            break;
    }
}

void MqttBroker::accept(const std::shared_ptr<Link>& link) {
    // One connection a client id: a second one throws the first out.
    const auto links = links_;
    for (const auto& other : links) {
        if (other->options.client_id == link->options.client_id) lose(other, true);
    }
    links_.push_back(link);
    ++connects_;
    tell(link, latency, [](MqttClient& client) {
        client.phase_ = MqttPhase::connected;
        client.listener_->on_phase(MqttPhase::connected);
        if (client.link_ != nullptr) client.listener_->on_connected();
    });
}

void MqttBroker::receive(const std::shared_ptr<Link>& link, int id, BrokerMessage message) {
    if (std::ranges::find(links_, link) == links_.end()) return;  // lost under way
    ++messages_;
    ++packets_;
    if (faults.stalled) return;
    message.at = scheduler_.now().mono;
    message.host = link->options.host;
    // Rights and subscribers do not change within one flight of messages, or what comes later would arrive before what
    // was refused.
    const Mono flight_ends = message.at + 2 * latency;
    if (any_matches(faults.unheard_publish, message.topic)) link->refusals[message.topic] = {flight_ends, 0x10};
    if (any_matches(faults.denied_publish, message.topic)) link->refusals[message.topic] = {flight_ends, 0x87};
    const auto refusal = link->refusals.find(message.topic);
    const bool refused = refusal != link->refusals.end() && refusal->second.first > message.at;
    if (!refused) distribute(message);
    if (message.qos == 0) return;
    const int reason = refused ? refusal->second.second : 0;
    const auto answer = [id, reason](MqttClient& client) { client.listener_->on_published(id, reason); };
    const bool late = faults.acks_late && !refused;
    if (!late) --link->unanswered;
    for (int i = 0; i < (faults.acks_twice ? 2 : 1); ++i) {
        if (late) {
            // Whatever the client is connected by when it arrives. One that was started anew counts its messages anew
            // as well, and could not tell: brokers do not go so far.
            scheduler_.after(latency + seconds{5}, [this, link, answer] {
                for (const auto& other : links_) {
                    if (other != link && other->program == link->program) {
                        tell(other, milliseconds{0}, answer);
                    }
                }
            });
        } else {
            tell(link, latency, answer);
        }
    }
}

void MqttBroker::subscribe(const std::shared_ptr<Link>& link, int id, const std::string& filter) {
    if (std::ranges::find(links_, link) == links_.end()) return;
    ++packets_;
    if (faults.stalled) return;
    const bool granted = std::ranges::find(faults.denied_subscribe, filter) == faults.denied_subscribe.end();
    tell(link, latency, [id, granted](MqttClient& client) { client.listener_->on_subscribed(id, granted); });
    if (!granted) return;
    link->subscriptions.push_back(filter);
    for (const auto& [topic, payload] : retained_) {
        if (!topic_matches(filter, topic)) continue;
        tell(link, latency,
             [topic, payload](MqttClient& client) { client.listener_->on_message(topic, payload, true); });
    }
}

void MqttBroker::distribute(const BrokerMessage& message) {
    if (message.retain) {
        if (message.payload.empty()) {
            retained_.erase(message.topic);
        } else {
            retained_[message.topic] = message.payload;
        }
    }
    for (const auto& [filter, observer] : observers_) {
        if (topic_matches(filter, message.topic)) observer(message);
    }
    for (const auto& link : links_) {
        if (!any_matches(link->subscriptions, message.topic)) continue;
        tell(link, latency, [topic = message.topic, payload = message.payload](MqttClient& client) {
            client.listener_->on_message(topic, payload, false);
        });
    }
}

void MqttBroker::lose(const std::shared_ptr<Link>& link, bool with_will) {
    if (std::erase(links_, link) == 0) return;
    const auto& will = link->options.will;
    if (with_will && !will.topic.empty()) {
        distribute({.client_id = {},
                    .topic = will.topic,
                    .payload = will.payload,
                    .qos = 1,
                    .retain = true,
                    .at = scheduler_.now().mono});
    }
    tell(link, latency, [host = link->options.host](MqttClient& client) {
        client.end({"lost the connection to " + host, "check the network and the broker"});
    });
}

Mono MqttBroker::arrival(Link& link, std::size_t bytes) const {
    link.arrives = std::max(link.arrives, scheduler_.now().mono + latency);
    if (faults.bytes_per_second > 0) link.arrives += milliseconds{bytes * 1000 / faults.bytes_per_second};
    return link.arrives;
}

void MqttBroker::cut() {
    const auto links = links_;
    for (const auto& link : links) lose(link, true);
}

void MqttBroker::go_away() {
    faults.away = true;
    cut();
}

void MqttBroker::restart_empty() {
    const auto links = links_;
    for (const auto& link : links) lose(link, false);
    retained_.clear();
}

void MqttBroker::observe(std::string filter, std::function<void(const BrokerMessage&)> observer) {
    observers_.emplace_back(std::move(filter), std::move(observer));
}

void MqttBroker::publish(const std::string& topic, const std::string& payload, bool retain) {
    distribute(
        {.client_id = {}, .topic = topic, .payload = payload, .qos = 1, .retain = retain, .at = scheduler_.now().mono});
}

std::size_t MqttBroker::unanswered() const {
    std::size_t most = 0;
    for (const auto& link : links_) most = std::max(most, link->unanswered);
    return most;
}

std::optional<std::string> MqttBroker::retained(const std::string& topic) const {
    const auto found = retained_.find(topic);
    if (found == retained_.end()) return std::nullopt;
    return found->second;
}

MqttClient::~MqttClient() {
    if (!link_) return;
    link_->client = nullptr;
    broker_.lose(link_, true);
}

void MqttClient::connect(const MqttOptions& options) {
    YZ_CHECK(listener_ != nullptr && !link_);
    link_ = std::make_shared<MqttBroker::Link>();
    link_->client = this;
    link_->program = program_;
    link_->options = options;
    broker_.tell(link_, milliseconds{0},
                 [link = link_](MqttClient& client) { client.broker_.attempt(link, MqttPhase::resolving); });
}

void MqttClient::disconnect(bool graceful) {
    if (!link_) return;
    // Behind what is still on its way to the broker.
    auto& broker = broker_;
    broker.scheduler_.at(broker.arrival(*link_, 0),
                         [&broker, link = link_, graceful] { broker.lose(link, !graceful); });
    phase_ = MqttPhase::idle;
    const auto link = std::exchange(link_, std::make_shared<MqttBroker::Link>());
    link->client = nullptr;
    link_->client = this;
    link_->program = program_;
    link_->options = link->options;
    broker.tell(link_, milliseconds{0}, [](MqttClient& client) { client.end({"disconnected as asked", ""}); });
}

Result<int> MqttClient::publish(std::string_view topic, std::string_view payload, int qos, bool retain) {
    if (phase_ != MqttPhase::connected) return failure("not connected to a broker");
    const int id = ++last_id_;
    if (qos > 0) ++link_->unanswered;
    broker_.scheduler_.at(broker_.arrival(*link_, payload.size()),
                          [&broker = broker_, link = link_, id,
                           message = BrokerMessage{.client_id = link_->options.client_id,
                                                   .topic = std::string(topic),
                                                   .payload = std::string(payload),
                                                   .qos = qos,
                                                   .retain = retain,
                                                   .at = {}}] { broker.receive(link, id, message); });
    return id;
}

Result<int> MqttClient::subscribe(std::string_view topic, int) {
    if (phase_ != MqttPhase::connected) return failure("not connected to a broker");
    const int id = ++last_id_;
    broker_.scheduler_.at(
        broker_.arrival(*link_, topic.size()),
        [&broker = broker_, link = link_, id, filter = std::string(topic)] { broker.subscribe(link, id, filter); });
    return id;
}

void MqttClient::end(const Error& why) {
    link_->client = nullptr;
    link_.reset();
    phase_ = MqttPhase::idle;
    listener_->on_disconnected(why);
}

}  // namespace yizhan::simulated
