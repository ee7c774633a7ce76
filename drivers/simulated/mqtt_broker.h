// A broker in memory and clients of it, in simulated time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/scheduler.h"
#include "hal/mqtt_client.h"

namespace yizhan::simulated {

// Whether a topic belongs to a subscription with + and #.
bool topic_matches(std::string_view filter, std::string_view topic);

// May be changed at any time; an attempt to connect meets them as they are when it comes to them.
struct BrokerFaults {
    bool dead_dns = false;  // its name is not answered: attempts stay resolving until the client gives up
    bool away = false;  // nobody listens at its port; see also go_away()
    std::vector<std::string> deaf_hosts;  // of its names: nobody listens there
    bool bad_certificate = false;  // TLS clients refuse it
    bool refuses = false;  // wrong user or password
    bool stalled = false;  // takes connections and messages, does nothing with them and answers none
    bool acks_twice = false;
    bool acks_late = false;  // answers of a connection that is over reach the next one
    std::vector<std::string> denied_publish;  // filters: reason 0x87
    std::vector<std::string> unheard_publish;  // filters: nobody has subscribed, reason 0x10
    std::size_t bytes_per_second = 0;  // that a client's link carries to it; 0: any number
    std::vector<std::string> denied_subscribe;  // exact
};

struct BrokerMessage {
    std::string client_id;  // who published it; empty: the test, or a last will
    std::string topic;
    std::string payload;
    int qos = 0;
    bool retain = false;
    Mono at;
    std::string host;  // the name by which the client knows the broker; empty: no client's
};

class MqttClient;

// Outlives its clients. Scheduler's thread.
class MqttBroker {
 public:
    explicit MqttBroker(Scheduler& scheduler) : scheduler_(scheduler) {}
    MqttBroker(const MqttBroker&) = delete;
    MqttBroker& operator=(const MqttBroker&) = delete;

    BrokerFaults faults;
    milliseconds latency{20};  // each way

    // Connections break as with a cut cable; what is under way in either direction is lost. Last wills go out.
    void cut();
    void go_away();  // cut, and nobody listens any more
    void come_back() { faults.away = false; }
    void restart_empty();  // forgets what was retained; last wills die with it

    // What a subscriber sees that is always connected. Observers live as long as the broker.
    void observe(std::string filter, std::function<void(const BrokerMessage&)> observer);
    // As another client. QoS 1.
    void publish(const std::string& topic, const std::string& payload, bool retain);

    std::optional<std::string> retained(const std::string& topic) const;
    const std::map<std::string, std::string>& all_retained() const { return retained_; }
    std::size_t connections() const { return links_.size(); }
    std::uint64_t connects() const { return connects_; }  // CONNACKs with success
    std::uint64_t messages() const { return messages_; }  // received from clients, denied ones included
    // Messages of the connection that has most, which want an answer and have none.
    std::size_t unanswered() const;
    // Of subscriptions and messages; keep-alive is not simulated.
    std::uint64_t packets() const { return packets_; }

 private:
    friend class MqttClient;
    struct Link;

    void attempt(const std::shared_ptr<Link>& link, MqttPhase phase);
    void accept(const std::shared_ptr<Link>& link);
    void receive(const std::shared_ptr<Link>& link, int id, BrokerMessage message);
    void subscribe(const std::shared_ptr<Link>& link, int id, const std::string& filter);
    void lose(const std::shared_ptr<Link>& link, bool with_will);
    Mono arrival(Link& link, std::size_t bytes) const;  // of what a client sends now, behind what it has sent
    void distribute(const BrokerMessage& message);
    // On the client's loop, `delay` from now, if the link still is its own by then.
    void tell(const std::shared_ptr<Link>& link, milliseconds delay, std::function<void(MqttClient&)> what);

    Scheduler& scheduler_;
    std::vector<std::shared_ptr<Link>> links_;
    std::map<std::string, std::string> retained_;
    std::vector<std::pair<std::string, std::function<void(const BrokerMessage&)>>> observers_;
    std::uint64_t connects_ = 0;
    std::uint64_t messages_ = 0;
    std::uint64_t packets_ = 0;
    std::uint64_t programs_ = 0;  // clients there have been
};

class MqttClient final : public yizhan::MqttClient {
 public:
    MqttClient(EventLoop& loop, MqttBroker& broker) : loop_(loop), broker_(broker), program_(++broker.programs_) {}
    MqttClient(const MqttClient&) = delete;
    MqttClient& operator=(const MqttClient&) = delete;
    // As if the program were killed: the broker sends the last will.
    ~MqttClient() override;

    void start(MqttListener& listener) override { listener_ = &listener; }
    void connect(const MqttOptions& options) override;
    void disconnect(bool graceful) override;
    Result<int> publish(std::string_view topic, std::string_view payload, int qos, bool retain) override;
    Result<int> subscribe(std::string_view topic, int qos) override;

 private:
    friend class MqttBroker;
    void end(const Error& why);

    EventLoop& loop_;
    MqttBroker& broker_;
    const std::uint64_t program_;
    MqttListener* listener_ = nullptr;
    std::shared_ptr<MqttBroker::Link> link_;
    MqttPhase phase_ = MqttPhase::idle;
    int last_id_ = 0;
};

}  // namespace yizhan::simulated
