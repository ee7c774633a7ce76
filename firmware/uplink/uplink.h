#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "firmware/uplink/backoff.h"
#include "firmware/uplink/broker_link.h"
#include "firmware/uplink/feed_window.h"
#include "firmware/uplink/retained_documents.h"
#include "firmware/uplink/station_link.h"
#include "firmware/uplink/topics.h"
#include "hal/event_loop.h"
#include "hal/mqtt_client.h"
#include "hal/random.h"
#include "hal/stream.h"

namespace yizhan {

struct UplinkOptions {
    std::string station;  // its id
    MqttOptions broker;  // will and client id are set by Uplink
    std::optional<BrokerAddress> second_broker = std::nullopt;
    Delivery delivery = Delivery::broker;
    std::uint32_t catch_up_rate = 20'000;  // records a second, at most
};

// Carries a station's documents and records to the centre: between stationd's control socket and an MQTT broker.
//
// It remembers nothing that would be missed: stationd's log is the outbox. While the broker is there it follows the log
// from the last acknowledged record; when the broker goes it forgets, and begins there again. So after any break the
// unacknowledged records are sent again, and a receiver drops what it has by (station, epoch, seq). The same when a
// collector does not acknowledge for long, from the second time on at the other broker; and where a centre lacks
// records the feed goes back to them.
//
// …/status is online while stationd and broker are both there. When stationd is away for longer than a restart takes it
// says offline with a reason: state must not pass for current then.
class Uplink : public LoopMember, private StationLinkListener, private BrokerLinkListener {
 public:
    static constexpr milliseconds state_interval{500};
    static constexpr seconds station_grace{5};
    static constexpr seconds longest_goodbye{2};
    // The centre's collector: how long until what it does not acknowledge is sent again, first and at most; how long a
    // feed to it waits at most after a connection, drawn, so that not all stations begin at once; how often it may ask.
    static constexpr seconds centre_patience{30};
    static constexpr minutes longest_centre_patience{15};
    static constexpr seconds catch_up_spread{5};
    static constexpr seconds resend_interval{1};
    static constexpr std::size_t most_replies = 16;  // to commands: not given by stationd, or not taken by the broker
    static constexpr std::size_t most_alarms = 200;
    static constexpr std::size_t most_found_alarms = 256;  // the next connection finds the rest

    // `tell`: lines for the journal, each of which names something that changed.
    Uplink(EventLoop& loop, StreamConnector& stationd, MqttClient& client, Random& random, const UplinkOptions& options,
           std::function<void(const Error&)> tell);
    Uplink(const Uplink&) = delete;
    Uplink& operator=(const Uplink&) = delete;
    ~Uplink() override;

    void start();
    // Says goodbye, within longest_goodbye, then calls `on_stopped` from the loop.
    void stop(std::function<void()> on_stopped);

    std::uint64_t retained_commands() const { return retained_commands_; }  // refused: the contract forbids them
    std::uint64_t unanswered_commands() const { return unanswered_commands_; }  // more than we cared to answer

    Mono next_deadline() const override;
    void advance(Now now) override;
    void settle(Now now) override;

 private:
    enum class Following : std::uint8_t { nothing, ending, state, records };  // records: and state
    struct Report {
        bool connected = false;
        UplinkFault fault = UplinkFault::none;
        std::string detail;
        bool operator==(const Report&) const = default;
    };

    void on_station_ready() override;
    void on_station_lost() override;
    void on_push(const nlohmann::json& message) override;
    MqttWill last_will(Now now) override;
    void on_broker_connected(Now now) override;
    void on_broker_lost() override;
    void on_published(int message_id, int reason_code) override;
    void on_subscribed(const std::string& topic, bool granted) override;
    void on_message(std::string_view topic, std::string_view payload, bool retained) override;

    void hand_in(const std::string& verb, std::string_view payload, bool retained);
    void reply(const std::string& verb, const std::string& text);
    void on_centre(std::string_view topic, std::string_view payload);
    void go_back(std::optional<FeedPosition> to);
    void on_info(const nlohmann::json& reply);
    void on_state(const nlohmann::json& state);
    void on_records(const nlohmann::json& message);
    void want_status(Now now, std::string_view state, std::string_view reason = {});
    std::string status_document(Now now, std::string_view state, std::string_view reason) const;
    void follow();
    void on_followed(const nlohmann::json& reply);
    void unfollow();
    void steer_feed();
    void send_documents();
    void send_feed(Now now);
    void acknowledge();
    void report();
    Report current_report() const;
    void subscribe(const std::string& topic);
    bool any_refused() const;
    void retry_later();
    void retry_refused();
    void finish_stop();

    EventLoop& loop_;
    Random& random_;
    const Topics topics_;
    const Delivery delivery_;
    const std::uint32_t catch_up_rate_;
    const std::function<void(const Error&)> tell_;
    StationLink station_;
    BrokerLink broker_;
    FeedWindow feed_;
    RetainedDocuments documents_;

    // Of stationd.
    std::string boot_;
    std::string version_;
    Mono station_lost_at_ = never;  // and status does not say so yet
    Following following_ = Following::nothing;
    std::optional<FeedPosition> received_;  // where the subscription began, or the end of what has come since
    std::uint64_t asked_again_ = 0;  // for what is missing before this record; 0: nothing
    std::optional<FeedPosition> back_to_;  // where the next subscription begins, if not behind the acknowledged
    std::optional<Mono> feed_from_;  // no batch goes out before
    std::optional<std::string> state_;  // not given to documents_ yet
    Mono next_state_at_ = Mono::min();
    bool state_known_ = false;  // on this connection
    std::vector<std::string> found_alarms_;  // at the broker, before the state was known

    // Refusals: what the broker takes from others, but not from us.
    Backoff refusal_backoff_;
    Mono retry_at_ = never;
    std::vector<std::string> refused_subscriptions_;

    // The centre's collector.
    Backoff centre_backoff_;
    Mono centre_due_ = never;  // its next acknowledgement
    bool centre_silent_ = false;  // since its last acknowledgement; the next silence leads to the other broker
    Mono resend_from_ = Mono::min();  // it may not ask before

    std::optional<Report> reported_;  // what stationd has been told
    std::string told_;  // to the journal
    std::size_t handed_in_ = 0;  // commands that stationd has not answered
    std::vector<int> replies_;  // message ids
    std::uint64_t retained_commands_ = 0;
    std::uint64_t unanswered_commands_ = 0;
    Mono stop_at_ = never;
    bool stopping_ = false;
    std::function<void()> on_stopped_;
};

}  // namespace yizhan
