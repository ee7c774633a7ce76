#include "drivers/recorder/replay/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "drivers/ports/contactless.h"

namespace yizhan {
namespace {

using nlohmann::json;
using What = RecordedEvent::What;

constexpr std::size_t most_withheld = 65536;

std::optional<What> what_from(const std::string& name) {
    static const std::map<std::string, What> names{
        {"attached", What::attached}, {"detached", What::detached}, {"reset", What::reset}, {"sent", What::sent},
        {"got", What::got},           {"edge", What::edge},         {"level", What::level}, {"set", What::set},
        {"card", What::card},         {"removed", What::removed},   {"typed", What::typed}};
    const auto found = names.find(name);
    return found == names.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::vector<std::byte>> from_hex(const std::string& hex) {
    if (hex.size() % 2 != 0) return std::nullopt;
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const auto digit = [&](char c) { return std::string_view("0123456789abcdef").find(c); };
        const std::size_t high = digit(hex[i]);
        const std::size_t low = digit(hex[i + 1]);
        if (high > 15 || low > 15) return std::nullopt;
        bytes.push_back(static_cast<std::byte>(high << 4 | low));
    }
    return bytes;
}

// Throws what nlohmann throws where a member is missing or of another type.
std::optional<RecordedEvent> event_of(const json& line) {
    const auto what = what_from(line.at("what").get<std::string>());
    if (!what) return std::nullopt;
    RecordedEvent event{.what = *what, .at = std::chrono::nanoseconds(line.at("t").get<std::int64_t>())};
    switch (*what) {
        case What::attached:
        case What::reset:
        case What::removed:
            break;
        case What::detached:
            event.text = line.at("why").get<std::string>();
            break;
        case What::sent:
        case What::got:
            if (line.contains("withheld")) {
                event.bytes.resize(std::min(line.at("withheld").get<std::size_t>(), most_withheld));
            } else if (auto bytes = from_hex(line.at("hex").get<std::string>())) {
                event.bytes = *std::move(bytes);
            } else {
                return std::nullopt;
            }
            break;
        case What::edge:
            event.edge.line = line.at("line").get<std::uint8_t>();
            event.edge.rising = line.at("rising").get<bool>();
            event.edge.sequence = line.at("sequence").get<std::uint32_t>();
            break;
        case What::level:
        case What::set:
            event.high = line.at("high").get<bool>();
            break;
        case What::card:
            if (auto uid = from_hex(line.at("uid").get<std::string>()); uid && uid->size() <= longest_uid) {
                event.bytes = *std::move(uid);
            } else {
                return std::nullopt;
            }
            break;
        case What::typed:
            event.text = line.at("text").get<std::string>();
            break;
    }
    return event;
}

bool take(Recording& recording, const json& line) {
    if (line.contains("dropped")) {
        recording.dropped += line.at("dropped").get<std::uint64_t>();
    } else if (line.contains("end")) {
        recording.whole = false;
    } else if (!line.contains("recording")) {
        auto event = event_of(line);
        if (!event) return false;
        recording.sources[line.at("source").get<std::string>()].push_back(*std::move(event));
    }
    return true;
}

}  // namespace

Result<Recording> parse_recording(std::string_view text) {
    Recording recording;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) {
            recording.whole = false;
            break;
        }
        bool good = false;
        try {
            good = take(recording, json::parse(text.substr(0, end)));
        } catch (const json::exception&) {
            good = false;
        }
        if (!good) {
            return failure(fmt::format("line {} of the recording is none of a recording", number),
                           "record again; what was there cannot be guessed");
        }
        text.remove_prefix(end + 1);
    }
    for (auto& [name, events] : recording.sources) std::ranges::stable_sort(events, {}, &RecordedEvent::at);
    return recording;
}

}  // namespace yizhan
