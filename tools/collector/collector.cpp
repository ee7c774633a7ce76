#include "tools/collector/collector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace yizhan::collector {
namespace {

MqttOptions with_client_id(MqttOptions options, std::string_view name) {
    options.client_id = "yizhan-collector-" + std::string(name);
    return options;
}

std::string event_topic(std::string_view group) {
    return group.empty() ? "yizhan/v1/+/event" : fmt::format("$share/{}/yizhan/v1/+/event", group);
}

constexpr std::string_view state_topic = "yizhan/v1/+/state";

std::string topic_of(const FeedId& feed, std::string_view rest) {
    return fmt::format("yizhan/v1/{}/event/{}", feed.station, rest);
}

}  // namespace

Collector::Collector(EventLoop& loop, MqttClient& client, Random& random, OpenDatabase open,
                     const CollectorOptions& options, std::function<void(const Error&)> tell)
    : loop_(loop),
      random_(random),
      open_(std::move(open)),
      events_(event_topic(options.group)),
      tell_(std::move(tell)),
      broker_(loop, client, random, with_client_id(options.broker, options.name), options.second_broker, *this),
      database_backoff_(random) {
    loop_.join(*this);
}

Collector::~Collector() { loop_.leave(*this); }

Mono Collector::next_deadline() const {
    Mono next = broker_.next_deadline();
    if (!database_) return std::min(next, open_at_);
    if (broker_.idle()) return Mono::min();
    if (!broker_.connected() || broker_.unanswered() >= BrokerLink::most_unanswered) return next;
    for (const auto& [feed, gap] : gaps_) next = std::min(next, gap.ask_at);
    return next;
}

void Collector::advance(Now now) {
    broker_.advance(now);
    if (!database_ && now.mono >= open_at_) open_database(now);
    if (database_ && broker_.idle()) broker_.start();
    ask_for_gaps(now);
}

void Collector::settle(Now now) {
    if (!waiting_.empty()) store_waiting(now);
    send_acknowledgements();
}

// The database

void Collector::open_database(Now now) {
    auto database = open_();
    if (database) {
        if (const auto made = make_tables(**database); !made) database = std::unexpected(made.error());
    }
    if (!database) return lose_database(database.error(), now);
    database_ = std::move(*database);
    tell_({"the database is open", {}});
}

void Collector::lose_database(const Error& why, Now now) {
    ++counts_.database_failures;
    database_.reset();
    open_at_ = now.mono + database_backoff_.next();
    broker_.stop(true);
    tell_(why);
}

void Collector::store_waiting(Now now) {
    std::vector<FeedBatch> batches;
    std::map<std::string, Checkpoint> checkpoints;
    for (const Message& message : std::exchange(waiting_, {})) {
        if (message.is_state) {
            const auto log = log_state_in(message.station, message.payload);
            if (!log) {
                bad_message(message.station, log.error());
                continue;
            }
            const FeedId feed{message.station, log->epoch};
            if (begins_later_.size() >= most_feeds) begins_later_.clear();  // it will be told again
            if (log->first > 1) begins_later_.insert_or_assign(feed, *log);
            if (log->checkpoint) checkpoints.insert_or_assign(message.station, *log->checkpoint);
            if (message.retained) compare_with(*log, message.station, now);
        } else if (auto batch = batch_in(message.station, message.payload)) {
            batches.push_back(std::move(*batch));
        } else {
            bad_message(message.station, batch.error());
        }
    }
    if (!batches.empty() && !store_batches(std::move(batches), now)) return;
    store_checkpoints(checkpoints, now);
}

// What a station had while this collector was not there.
void Collector::compare_with(const LogState& log, const std::string& station, Now now) {
    if (!database_) return;
    const FeedId feed{station, log.epoch};
    const auto prefix = prefix_of(*database_, feed);
    if (!prefix) return lose_database(prefix.error(), now);
    if (*prefix < log.stored) {
        see_gap(feed, now.mono + gap_patience + random_wait(random_, milliseconds{0}, catch_up_spread));
    }
}

bool Collector::store_batches(std::vector<FeedBatch> batches, Now now) {
    const std::size_t count = batches.size();
    std::set<FeedId> feeds;
    for (const FeedBatch& batch : batches) feeds.insert(batch.feed);
    const auto stored = database_ ? store(*database_, std::move(batches)) : failure("the database is not open");
    if (!stored) {
        // They are asked for once it is back.
        counts_.dropped_messages += count;
        for (const FeedId& feed : feeds) see_gap(feed, now.mono + gap_patience);
        if (database_) lose_database(stored.error(), now);
        return false;
    }
    ++counts_.transactions;
    database_backoff_.reset();  // not when it is opened: it may be open, and full
    if (stored->records > 0) last_stored_ = now.wall;
    counts_.batches += count;
    counts_.records += stored->records;
    counts_.repeated += stored->repeated;
    counts_.flaws += stored->flaws;
    if (stored->flaws > 0) tell_({"a station sent something else than before", "see station-collector flaws"});
    for (const FeedPrefix& prefix : stored->feeds) see_prefix(prefix, now);
    return true;
}

// States come twice a second from a station that is busy; what it has sealed, once a minute.
bool Collector::store_checkpoints(const std::map<std::string, Checkpoint>& checkpoints, Now now) {
    if (!database_) return false;
    for (const auto& [station, checkpoint] : checkpoints) {
        const auto seen = seen_.find(station);
        if (seen != seen_.end() && seen->second == checkpoint) continue;
        const auto flaws = note_checkpoint(*database_, station, checkpoint);
        if (!flaws) {
            lose_database(flaws.error(), now);
            return false;
        }
        ++counts_.checkpoints;
        counts_.flaws += *flaws;
        if (*flaws > 0)
            tell_({"what " + station + " has signed is not as it should be", "see station-collector flaws"});
        if (seen_.size() >= most_feeds) seen_.clear();
        seen_.insert_or_assign(station, checkpoint);
    }
    return true;
}

// The broker

void Collector::on_broker_connected(Now) {
    unsent_.clear();
    broker_.subscribe(events_, 1);
    broker_.subscribe(std::string(state_topic), 0);
    tell_({"connected to the broker", {}});
}

void Collector::on_broker_lost() { tell_(broker_.why()); }

void Collector::on_subscribed(const std::string& topic, bool granted) {
    if (!granted) tell_({"the broker refuses a subscription to " + topic, "check its access list"});
}

void Collector::on_message(std::string_view topic, std::string_view payload, bool retained) {
    const auto which = station_topic(topic);
    const bool is_state = which && which->rest == "state";
    // A retained batch is an old one that somebody has put there.
    if (!which || (!is_state && (which->rest != "event" || retained)) || payload.empty()) return;
    if (waiting_.size() >= most_waiting) {
        ++counts_.dropped_messages;
        return;
    }
    waiting_.push_back({std::string(which->station), std::string(payload), is_state, retained});
}

void Collector::acknowledge_next(const FeedPrefix& prefix) {
    if (prefix.upto > 0 && unsent_.size() < most_feeds) unsent_[prefix.feed] = prefix.upto;
}

void Collector::see_prefix(const FeedPrefix& prefix, Now now) {
    acknowledge_next(prefix);
    if (prefix.gap) {
        see_gap(prefix.feed, now.mono + gap_patience);
    } else {
        gaps_.erase(prefix.feed);
    }
}

// Of many, those that find no room send again by themselves.
void Collector::see_gap(const FeedId& feed, Mono ask_at) {
    if (gaps_.size() < most_feeds) gaps_.try_emplace(feed, Gap{.ask_at = ask_at});
}

void Collector::send_acknowledgements() {
    while (!unsent_.empty() && broker_.connected()) {
        const auto& [feed, upto] = *unsent_.begin();
        const auto payload = fmt::format(R"({{"epoch":{},"upto":{}}})", feed.epoch, upto);
        if (broker_.publish(topic_of(feed, "ack"), payload, false) == 0) return;
        ++counts_.acknowledgements;
        unsent_.erase(unsent_.begin());
    }
}

void Collector::ask_for_gaps(Now now) {
    if (!database_ || !broker_.connected()) return;
    for (auto gap = gaps_.begin(); gap != gaps_.end();) {
        auto& [feed, wait] = *gap;
        if (now.mono < wait.ask_at) {
            ++gap;
            continue;
        }
        const auto prefix = prefix_of(*database_, feed);
        if (!prefix) return lose_database(prefix.error(), now);
        if (const auto later = begins_later_.find(feed);
            wait.asks > 0 && later != begins_later_.end() && later->second.first > *prefix + 1) {
            if (!go_on(feed, later->second, now)) return;
            wait = {.ask_at = now.mono + gap_patience};  // until what follows is there
            ++gap;
            continue;
        }
        const auto from = *prefix + 1;
        const auto payload = fmt::format(R"({{"epoch":{},"from":{},"to":{}}})", feed.epoch, from, from);
        if (broker_.publish(topic_of(feed, "resend"), payload, false) == 0) return;  // the rest when it has answered
        ++counts_.asked_again;
        wait.ask_at = now.mono + gap_patience * (1 << ++wait.asks);
        gap = wait.asks < most_asks ? std::next(gap) : gaps_.erase(gap);
    }
}

// It was asked for what is missing, and has sent what it has.
bool Collector::go_on(const FeedId& feed, const LogState& log, Now now) {
    const auto stored = go_on_at(*database_, feed, log.first, log.before);
    if (!stored) {
        lose_database(stored.error(), now);
        return false;
    }
    counts_.records += stored->records;
    counts_.flaws += stored->flaws;
    if (stored->flaws > 0) {
        tell_({"records of " + feed.station + " are missing: it has them no more", "see station-collector flaws"});
    }
    acknowledge_next(stored->feeds.front());
    return true;
}

void Collector::bad_message(const std::string& station, const Error& why) {
    ++counts_.bad_messages;
    if (told_.size() < most_told && told_.insert(station).second) tell_(why);
}

}  // namespace yizhan::collector
