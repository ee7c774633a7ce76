// One attempt to connect and the connection that came of it: what loop and thread share. Private to this port.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "hal/error.h"
#include "hal/event_loop.h"
#include "hal/mqtt_client.h"

namespace yizhan {

struct MqttCommand {
    enum class Kind { publish, subscribe, disconnect } kind = Kind::publish;
    int id = 0;
    std::string topic{};
    std::string payload{};
    int qos = 0;
    bool retain = false;
};

struct MqttReport {
    enum class Kind { phase, connected, published, subscribed, message, ended } kind = Kind::phase;
    MqttPhase phase = MqttPhase::idle;
    int id = 0;
    int reason_code = 0;
    bool flag = false;  // subscribed: granted; message: retained
    std::string topic{};
    std::string payload{};
    Error why{};  // ended
};

// The thread may sit in getaddrinfo, which cannot be interrupted. So everything it touches belongs to this object, it
// holds a share of it, and whoever gives up on a stuck attempt just leaves: the thread ends by itself when the resolver
// returns, without having touched anything else. Everywhere but in the resolver the thread ends at once, and is joined.
class MosquittoSession : public std::enable_shared_from_this<MosquittoSession> {
 public:
    // Messages and bytes that may wait to be sent or answered.
    static constexpr std::size_t most_outstanding = 256;
    static constexpr std::size_t most_outstanding_bytes = std::size_t{8} * 1024 * 1024;
    // Reports not yet taken by the loop; beyond it the socket is not read.
    static constexpr std::size_t most_reports = 256;
    // Longer messages from a broker are ignored: nothing of ours is near it.
    static constexpr std::size_t longest_message = std::size_t{256} * 1024;

    // `ipv4_only`: do not try IPv6, which did not work last time.
    MosquittoSession(EventLoop& loop, MqttOptions options, bool ipv4_only);
    ~MosquittoSession();
    MosquittoSession(const MosquittoSession&) = delete;
    MosquittoSession& operator=(const MosquittoSession&) = delete;

    // Loop side. `on_reports` is called on the loop while there are reports to take, until abandon().
    void start(std::function<void()> on_reports);
    bool send(MqttCommand command);  // false: too much is waiting
    std::deque<MqttReport> take_reports();
    void abandon();

    // Thread side.
    const MqttOptions& options() const { return options_; }
    bool ipv4_only() const { return ipv4_only_; }
    // Says that a call follows that cannot be interrupted, or that it is over. False: abandoned, end without a word.
    bool set_stuck(bool stuck);
    bool abandoned();
    bool may_read();  // there is room for reports
    std::deque<MqttCommand> take_commands();
    void report(MqttReport report);
    void settled(std::size_t bytes);  // a message of so many bytes needs no more room
    int wake_fd() const { return wake_fd_; }

 private:
    void wake();

    EventLoop& loop_;  // not after abandon()
    const MqttOptions options_;
    const bool ipv4_only_;
    const int wake_fd_;
    std::function<void()> on_reports_;  // loop only
    std::thread thread_;  // loop only
    std::mutex mutex_;  // for what follows; held for moments
    bool abandoned_ = false;
    bool stuck_ = false;
    bool posted_ = false;
    std::deque<MqttCommand> commands_;
    std::deque<MqttReport> reports_;
    std::size_t outstanding_ = 0;
    std::size_t outstanding_bytes_ = 0;
};

// The thread's work, from looking the name up to the end of the connection.
void run_mosquitto(MosquittoSession& session);

}  // namespace yizhan
