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

std::int64_t unix_ms(Now now) { return std::chrono::duration_cast<milliseconds>(now.wall.time_since_epoch()).count(); }

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
      database_backoff_(random),
      refusal_backoff_(random) {
    loop_.join(*this);
}

Collector::~Collector() { loop_.leave(*this); }

Mono Collector::next_deadline() const {
    Mono next = broker_.next_deadline();
    if (!database_) return std::min(next, open_at_);
    if (broker_.idle()) return Mono::min();
    if (!broker_.connected() || broker_.unanswered() >= BrokerLink::most_unanswered) return next;
    next = std::min(next, subscribe_at_);
    for (const auto& [feed, gap] : gaps_) next = std::min(next, gap.ask_at);
    return next;
}

void Collector::advance(Now now) {
    broker_.advance(now);
    if (!database_ && now.mono >= open_at_) open_database(now);
    if (database_ && broker_.idle()) broker_.start();
    if (now.mono >= subscribe_at_) subscribe_again();
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
        auto made = make_tables(**database);
        if (made) made = (*database)->make_room_for(unix_ms(now), unix_ms(now));
        if (!made) database = std::unexpected(made.error());
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
            if (logs_.size() >= most_feeds) logs_.clear();  // it will be told again
            logs_.insert_or_assign(feed, *log);
            if (log->checkpoint) checkpoints.insert_or_assign(message.station, *log->checkpoint);
            if (message.retained) compare_with(*log, message.station, now);
        } else if (auto batch = batch_in(message.station, message.payload)) {
            batches.push_back(std::move(*batch));
        } else {
            bad_message(message.station, batch.error());
        }
    }
    if (!batches.empty() && !store_batches(std::move(batches), now)) return;
    store_checkpoints(std::move(checkpoints), now);
}

// What a station had while this collector was not there.
void Collector::compare_with(const LogState& log, const std::string& station, Now now) {
    if (!database_) return;
    const FeedId feed{station, log.epoch};
    const auto prefix = prefix_of(*database_, feed);
    if (!prefix) return lose_database(prefix.error(), now);
    if (*prefix < log.stored) {
        see_gap(feed, log.stored, now.mono + gap_patience + random_wait(random_, milliseconds{0}, catch_up_spread));
    }
}

bool Collector::store_batches(std::vector<FeedBatch> batches, Now now) {
    const std::size_t count = batches.size();
    std::map<FeedId, std::uint64_t> highest;
    for (const FeedBatch& batch : batches) {
        see_answer(batch);
        auto& seq = highest[batch.feed];
        seq = std::max(seq, batch.records.back().seq);
    }
    const auto stored =
        database_ ? store(*database_, std::move(batches), unix_ms(now)) : failure("the database is not open");
    if (!stored) {
        // They are asked for once it is back.
        counts_.dropped_messages += count;
        for (const auto& [feed, seq] : highest) see_gap(feed, seq, now.mono + gap_patience);
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
    for (const FeedPrefix& prefix : stored->feeds) see_prefix(prefix, highest[prefix.feed], now);
    return true;
}

// States come twice a second from a station that is busy; what it has sealed, once a minute.
void Collector::store_checkpoints(std::map<std::string, Checkpoint> checkpoints, Now now) {
    std::erase_if(checkpoints, [&](const auto& one) {
        const auto seen = seen_.find(one.first);
        return seen != seen_.end() && seen->second == one.second;
    });
    if (!database_ || checkpoints.empty()) return;
    const auto flaws = note_checkpoints(*database_, checkpoints);
    if (!flaws) return lose_database(flaws.error(), now);
    counts_.checkpoints += checkpoints.size();
    for (const auto& [station, count] : *flaws) {
        counts_.flaws += count;
        tell_({"what " + station + " has signed is not as it should be", "see station-collector flaws"});
    }
    if (seen_.size() + checkpoints.size() > most_feeds) seen_.clear();
    for (const auto& [station, checkpoint] : checkpoints) seen_.insert_or_assign(station, checkpoint);
}

// The broker

void Collector::on_broker_connected(Now) {
    unsent_.clear();
    unanswered_.clear();
    refused_subscriptions_.clear();
    refusal_backoff_.reset();
    subscribe_at_ = never;
    refusals_told_.clear();
    broker_.subscribe(events_, 1);
    broker_.subscribe(std::string(state_topic), 0);
    tell_({"connected to the broker", {}});
}

void Collector::on_broker_lost() { tell_(broker_.why()); }

void Collector::on_subscribed(const std::string& topic, bool granted) {
    std::erase(refused_subscriptions_, topic);
    if (granted) return;
    refused_subscriptions_.push_back(topic);
    if (subscribe_at_ == never) subscribe_at_ = loop_.now().mono + refusal_backoff_.next();
    tell_refused("a subscription to " + topic,
                 "allow this collector's user to read there, in the broker's access list");
}

void Collector::subscribe_again() {
    if (!broker_.connected() || broker_.unanswered() >= BrokerLink::most_unanswered) return;
    subscribe_at_ = never;
    for (const std::string& topic : refused_subscriptions_) {
        broker_.subscribe(topic, topic == state_topic ? 0 : 1);
    }
}

// With MQTT 3.1.1 a broker cannot say so.
void Collector::on_published(int message_id, int reason_code) {
    const auto found = unanswered_.extract(message_id);
    if (found.empty()) return;
    const auto topic = station_topic(found.mapped());
    const std::string_view rest = topic ? topic->rest : std::string_view();
    if (reason_code < 0x80) {
        if (rest == "event/ack") ++counts_.acknowledgements;
        return;
    }
    ++counts_.refused_messages;
    tell_refused(fmt::format("messages on yizhan/v1/+/{}", rest),
                 "allow this collector's user to write there, in the broker's access list");
}

// Once on each connection: it may be every message.
void Collector::tell_refused(const std::string& what, std::string cure) {
    if (refusals_told_.insert(what).second) tell_({"the broker refuses " + what, std::move(cure)});
}

// To be tried again if it is false.
bool Collector::publish(const FeedId& feed, std::string_view rest, std::string_view payload) {
    auto topic = topic_of(feed, rest);
    const int id = broker_.publish(topic, payload, false);
    if (id == 0) return false;
    unanswered_.insert_or_assign(id, std::move(topic));
    return true;
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

// Gaps

// Of many, those that find no room (null) send again by themselves.
Collector::Gap* Collector::see_gap(const FeedId& feed, std::uint64_t highest, Mono ask_at) {
    auto found = gaps_.find(feed);
    if (found == gaps_.end()) {
        if (gaps_.size() >= most_feeds) return nullptr;
        found = gaps_.emplace(feed, Gap{.ask_at = ask_at}).first;
    }
    found->second.highest = std::max(found->second.highest, highest);
    return &found->second;
}

// A feed that moves is not asked for anything.
bool Collector::still_lacks(Gap& gap, std::uint64_t upto, Now now) {
    if (gap.upto && *gap.upto != upto) gap = {.highest = gap.highest, .ask_at = now.mono + catch_up_spread};
    gap.upto = upto;
    return upto < gap.highest;
}

void Collector::see_prefix(const FeedPrefix& prefix, std::uint64_t highest, Now now) {
    acknowledge_next(prefix);
    if (prefix.gap) highest = std::max(highest, prefix.upto + 1);
    if (prefix.upto >= highest && !gaps_.contains(prefix.feed)) return;
    Gap* gap = see_gap(prefix.feed, highest, now.mono + gap_patience);
    if (gap == nullptr) return;
    if (!still_lacks(*gap, prefix.upto, now)) {
        gaps_.erase(prefix.feed);
    } else if (prefix.gap && gap->asks == 0) {
        gap->ask_at = std::min(gap->ask_at, now.mono + gap_patience);
    }
}

// It was asked to begin with the last record that is here: what comes next in the same batch is next in its log.
void Collector::see_answer(const FeedBatch& batch) {
    const auto found = gaps_.find(batch.feed);
    if (found == gaps_.end() || found->second.asks == 0 || !found->second.upto) return;
    Gap& gap = found->second;
    gap.heard = true;
    const auto next = std::ranges::upper_bound(batch.records, *gap.upto, {}, &FeedRecord::seq);
    // Nothing is before the first one; unless what it sent before could not be read.
    const auto log = logs_.find(batch.feed);
    const bool is_first =
        log != logs_.end() && log->second.first == *gap.upto + 1 && !told_.contains(batch.feed.station);
    if (next == batch.records.begin() && !is_first) return;
    gap.heeded = true;
    if (gap.passed || next == batch.records.end() || next->seq == *gap.upto + 1) return;
    gap.passed = true;
    gap.passes = gap.behind == next->seq ? gap.passes + 1 : 1;
    gap.behind = next->seq;
}

void Collector::send_acknowledgements() {
    while (!unsent_.empty() && broker_.connected()) {
        // Where it ended: else, of so many that they never all find room, the last ones would never be served.
        auto next = unsent_.upper_bound(served_);
        if (next == unsent_.end()) next = unsent_.begin();
        const auto& [feed, upto] = *next;
        const auto payload = fmt::format(R"({{"epoch":{},"upto":{}}})", feed.epoch, upto);
        if (!publish(feed, "ack", payload)) return;
        served_ = feed;
        unsent_.erase(next);
    }
}

void Collector::ask_for_gaps(Now now) {
    if (!database_ || !broker_.connected()) return;
    for (auto next = gaps_.begin(); next != gaps_.end();) {
        const auto here = next++;
        const FeedId& feed = here->first;
        Gap& gap = here->second;
        if (now.mono < gap.ask_at) continue;
        const auto upto = prefix_of(*database_, feed);
        if (!upto) return lose_database(upto.error(), now);
        if (!still_lacks(gap, *upto, now)) {
            gaps_.erase(here);
            continue;
        }
        if (now.mono < gap.ask_at) continue;
        const auto log = logs_.find(feed);
        if (gap.asks > 0 && log != logs_.end() && log->second.first > *upto + 1) {
            gap.ask_at = now.mono + gap_patience;
            const auto stored = go_on_at(*database_, feed, log->second.first, log->second.before);
            if (!go_on(stored, "it has them no more", now)) return;
        } else if (gap.passes >= most_passes && log != logs_.end()) {
            gap.ask_at = now.mono + gap_patience;
            const auto stored = go_on_behind(*database_, feed, *upto, gap.behind);
            if (!go_on(stored, "it passes over them though it was asked", now)) return;
        } else if (!ask(feed, gap, now)) {
            return;  // the rest when the broker has answered
        }
    }
}

bool Collector::ask(const FeedId& feed, Gap& gap, Now now) {
    const auto payload = fmt::format(R"({{"epoch":{},"from":{},"to":{}}})", feed.epoch,
                                     std::max<std::uint64_t>(*gap.upto, 1), *gap.upto + 1);
    if (!publish(feed, "resend", payload)) return false;
    ++counts_.asked_again;
    gap.passed = false;
    gap.asks = std::min(gap.asks + 1, most_asks + 1);
    gap.ask_at = now.mono + gap_patience * (1 << std::min(gap.asks, most_asks));
    if (gap.asks == most_asks && gap.heard && !gap.heeded) {
        tell_({fmt::format("{} does not send again what is missing from record {} on", feed.station, *gap.upto + 1),
               "set delivery = \"collector\" in the [uplink] settings of that station"});
    }
    return true;
}

// What is missing will not come. False: the database is lost.
bool Collector::go_on(const Result<StoredBatches>& stored, std::string_view why, Now now) {
    if (!stored) {
        lose_database(stored.error(), now);
        return false;
    }
    counts_.records += stored->records;
    counts_.flaws += stored->flaws;
    const FeedPrefix& prefix = stored->feeds.front();
    if (stored->flaws > 0) {
        tell_({fmt::format("records of {} are missing: {}", prefix.feed.station, why), "see station-collector flaws"});
    }
    see_prefix(prefix, 0, now);
    return true;
}

void Collector::bad_message(const std::string& station, const Error& why) {
    ++counts_.bad_messages;
    if (told_.size() < most_told && told_.insert(station).second) tell_(why);
}

}  // namespace yizhan::collector
