#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/uplink/backoff.h"
#include "firmware/uplink/broker_link.h"
#include "hal/event_loop.h"
#include "tools/collector/intake.h"
#include "tools/collector/sql.h"

namespace yizhan::collector {

// Since the start.
struct Counts {
    std::uint64_t batches = 0;
    std::uint64_t records = 0;  // stored
    std::uint64_t repeated = 0;  // came again, and were there
    std::uint64_t acknowledgements = 0;  // which the broker has taken
    std::uint64_t refused_messages = 0;  // by the broker
    std::uint64_t asked_again = 0;  // for a gap
    std::uint64_t checkpoints = 0;
    std::uint64_t flaws = 0;
    std::uint64_t bad_messages = 0;
    std::uint64_t dropped_messages = 0;  // no database, or no room: stations send them again
    std::uint64_t transactions = 0;
    std::uint64_t database_failures = 0;
};

struct CollectorOptions {
    std::string name;  // of this one among several, for the broker
    std::string group;  // several collectors of one group share the feeds; empty: this one takes all
    MqttOptions broker;  // client id and will are set by Collector
    std::optional<BrokerAddress> second_broker = std::nullopt;
};

// Brings what stations publish into the database and then, and only then, acknowledges it: between an MQTT broker and a
// SqlDatabase. Whatever came during a turn of the loop is stored in one transaction, so the busier it is the larger
// they are; meanwhile what comes waits in the broker's connection. It remembers nothing that would be missed: what it
// has not acknowledged the stations send again. While it has no database it is not at the broker, which then gives all
// to the others of its group. Loop thread only; a turn lasts as long as its transaction.
class Collector : public LoopMember, private BrokerLinkListener {
 public:
    using OpenDatabase = std::function<Result<std::unique_ptr<SqlDatabase>>()>;
    static constexpr std::size_t most_waiting = 4096;  // messages of one turn
    static constexpr std::size_t most_feeds =
        100'000;  // with a gap, an acknowledgement to send, or a checkpoint that was seen
    static constexpr std::size_t most_told = 1000;  // stations whose bad messages the journal has been told of
    // Until records that are missing are asked for: another collector may have them, or they are on their way.
    static constexpr seconds gap_patience{2};
    static constexpr seconds catch_up_spread{10};  // after a connection: drawn, so that not all stations begin at once
    static constexpr int most_asks = 8;  // less and less often; from then on every few minutes
    // A station that was asked so often, and passed over the gap each time, does not have what is in it.
    static constexpr int most_passes = 3;

    // Runs from the next turn on. `tell`: lines for the journal.
    Collector(EventLoop& loop, MqttClient& client, Random& random, OpenDatabase open, const CollectorOptions& options,
              std::function<void(const Error&)> tell);
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;
    ~Collector() override;

    const Counts& counts() const { return counts_; }
    bool connected() const { return broker_.connected(); }
    bool has_database() const { return database_ != nullptr; }
    Wall last_stored() const { return last_stored_; }  // when; the epoch: nothing since the start
    std::size_t gaps() const { return gaps_.size(); }

    Mono next_deadline() const override;
    void advance(Now now) override;
    void settle(Now now) override;

 private:
    // Between what is stored and what is known to be there.
    struct Gap {
        std::uint64_t highest = 0;  // known to be there
        Mono ask_at;
        std::optional<std::uint64_t> upto = std::nullopt;  // as it was stored then; what follows counts for this only
        int asks = 0;
        int passes = 0;  // over the gap, one after each ask at most
        std::uint64_t behind = 0;  // the record it went on with
        bool passed = true;  // since the newest ask
        bool heard = false;  // something of the feed came since the first ask
        bool heeded = false;  // and began where it was asked to
    };
    struct Message {
        std::string station;
        std::string payload;
        bool is_state = false;
        bool retained = false;
    };

    MqttWill last_will(Now) override { return {}; }
    void on_broker_connected(Now now) override;
    void on_broker_lost() override;
    void on_published(int message_id, int reason_code) override;
    void on_subscribed(const std::string& topic, bool granted) override;
    void on_message(std::string_view topic, std::string_view payload, bool retained) override;

    void open_database(Now now);
    void lose_database(const Error& why, Now now);
    void store_waiting(Now now);
    bool store_batches(std::vector<FeedBatch> batches, Now now);
    void store_checkpoints(std::map<std::string, Checkpoint> checkpoints, Now now);
    void compare_with(const LogState& log, const std::string& station, Now now);
    void see_answer(const FeedBatch& batch);
    void see_prefix(const FeedPrefix& prefix, std::uint64_t highest, Now now);
    Gap* see_gap(const FeedId& feed, std::uint64_t highest, Mono ask_at);
    static bool still_lacks(Gap& gap, std::uint64_t upto, Now now);
    void send_acknowledgements();
    bool publish(const FeedId& feed, std::string_view rest, std::string_view payload);
    void tell_refused(const std::string& what, std::string cure);
    void subscribe_again();
    void ask_for_gaps(Now now);
    void acknowledge_next(const FeedPrefix& prefix);
    bool ask(const FeedId& feed, Gap& gap, Now now);
    bool go_on(const Result<StoredBatches>& stored, std::string_view why, Now now);
    void bad_message(const std::string& station, const Error& why);

    EventLoop& loop_;
    Random& random_;
    const OpenDatabase open_;
    const std::string events_;  // the subscription
    const std::function<void(const Error&)> tell_;
    BrokerLink broker_;
    std::unique_ptr<SqlDatabase> database_;
    Backoff database_backoff_;
    Mono open_at_ = Mono::min();
    std::deque<Message> waiting_;
    std::map<FeedId, std::uint64_t> unsent_;  // acknowledgements
    FeedId served_;  // by the newest acknowledgement
    std::map<int, std::string> unanswered_;  // message id -> topic; as many as BrokerLink allows
    std::vector<std::string> refused_subscriptions_;
    Backoff refusal_backoff_;
    Mono subscribe_at_ = never;
    std::set<std::string> refusals_told_;  // on this connection
    std::map<FeedId, Gap> gaps_;
    std::map<std::string, Checkpoint> seen_;  // the newest of each station
    std::map<FeedId, LogState> logs_;  // as the stations tell it
    std::set<std::string> told_;
    Counts counts_;
    Wall last_stored_{};
};

}  // namespace yizhan::collector
