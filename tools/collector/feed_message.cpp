#include "tools/collector/feed_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "firmware/identity/hex.h"

namespace yizhan::collector {
namespace {

using nlohmann::json;

std::unexpected<Error> bad(std::string_view station, std::string_view topic, std::string_view what) {
    return failure(fmt::format("yizhan/v1/{}/{}: {}", station, topic, what),
                   "nothing of it is kept: use the same release at the station and at the centre");
}

std::optional<std::uint64_t> number(const json& object, const char* name, std::uint64_t most) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    const auto value = found->get<std::uint64_t>();
    return value <= most ? std::optional(value) : std::nullopt;
}

std::string text(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

constexpr std::uint64_t most_seq = std::numeric_limits<std::int64_t>::max();

// What a database refuses would keep all the other stations of its transaction waiting, for ever: a text with a zero
// byte, or one too long for an index.
bool is_storable(std::string_view text) {
    return text.size() <= longest_field && text.find('\0') == std::string_view::npos;
}

// Writing JSON as text takes stack for each level.
bool is_deeper(const json& value, int levels) {
    if (!value.is_structured()) return false;
    return levels == 0 || std::ranges::any_of(value, [&](const json& part) { return is_deeper(part, levels - 1); });
}

std::optional<FeedRecord> record_in(const json& object) {
    if (!object.is_object() || is_deeper(object, most_levels)) return std::nullopt;
    const auto seq = number(object, "seq", most_seq);
    const auto time = object.find("time");
    FeedRecord record{.type = text(object, "type"), .visit = text(object, "visit"), .group = text(object, "group")};
    if (!seq || *seq == 0 || time == object.end() || !time->is_number_integer() || record.type.empty()) {
        return std::nullopt;
    }
    if (!is_storable(record.type) || !is_storable(record.visit) || !is_storable(record.group)) return std::nullopt;
    record.seq = *seq;
    record.time = time->get<std::int64_t>();
    record.document = object.dump(-1, ' ', false, json::error_handler_t::replace);
    return record;
}

bool is_station_id(std::string_view id) {
    return !id.empty() && id.size() <= 32 &&
           std::ranges::all_of(id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace

std::optional<StationTopic> station_topic(std::string_view topic) {
    constexpr std::string_view root = "yizhan/v1/";
    if (!topic.starts_with(root)) return std::nullopt;
    topic.remove_prefix(root.size());
    const auto slash = topic.find('/');
    if (slash == std::string_view::npos || !is_station_id(topic.substr(0, slash))) return std::nullopt;
    return StationTopic{topic.substr(0, slash), topic.substr(slash + 1)};
}

Result<FeedBatch> batch_in(std::string_view station, std::string_view payload) {
    if (payload.size() > longest_message) return bad(station, "event", "a batch is too long");
    const json batch = json::parse(payload, nullptr, false);
    if (!batch.is_object()) return bad(station, "event", "a batch is not a JSON object");
    const auto epoch = number(batch, "epoch", std::numeric_limits<std::uint32_t>::max());
    const auto records = batch.find("records");
    if (!epoch || records == batch.end() || !records->is_array() || records->empty()) {
        return bad(station, "event", "a batch has no epoch, or no records");
    }
    if (records->size() > most_records) return bad(station, "event", "a batch has more than 1000 records");
    FeedBatch read{.feed = {std::string(station), static_cast<std::uint32_t>(*epoch)}, .records = {}};
    read.records.reserve(records->size());
    for (const json& object : *records) {
        auto record = record_in(object);
        if (!record) return bad(station, "event", "a record lacks seq, time or type, or is no record");
        if (!read.records.empty() && record->seq <= read.records.back().seq) {
            return bad(station, "event", "the records of a batch are not in order");
        }
        read.records.push_back(std::move(*record));
    }
    return read;
}

Result<LogState> log_state_in(std::string_view station, std::string_view payload) {
    if (payload.size() > longest_message) return bad(station, "state", "it is too long");
    const json state = json::parse(payload, nullptr, false);
    const auto log = state.find("log");
    if (!state.is_object() || log == state.end() || !log->is_object()) {
        return bad(station, "state", "it says nothing of a log");
    }
    const auto epoch = number(*log, "epoch", std::numeric_limits<std::uint32_t>::max());
    const auto stored = number(*log, "stored", most_seq);
    if (!epoch || !stored) return bad(station, "state", "its log has no epoch, or nothing stored");
    LogState read{
        .epoch = static_cast<std::uint32_t>(*epoch), .stored = *stored, .before = {}, .checkpoint = std::nullopt};
    if (const auto first = number(*log, "first", most_seq); first && *first > 1) {
        read.first = *first;
        if (*first > *stored + 1) return bad(station, "state", "its log begins behind its end");
        if (!from_hex(text(*log, "before"), read.before)) {
            return bad(station, "state", "its log begins later than at 1, and no hash before that is told");
        }
    }
    if (!log->contains("checkpoint")) return read;
    read.checkpoint = checkpoint_from(log->at("checkpoint"));
    if (!read.checkpoint || read.checkpoint->seq > most_seq) return bad(station, "state", "its checkpoint is none");
    return read;
}

}  // namespace yizhan::collector
