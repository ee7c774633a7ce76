#include "firmware/settings/reading.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "firmware/settings/nearest.h"

namespace yizhan {
namespace {

bool is_plain(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
}
bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

constexpr std::string_view whole_file = "this file";  // label of the section that holds the others
constexpr std::string_view duration_wanted = "a time with its unit (ms, s, min, h)";

// In the order of TomlValue::content.
constexpr std::array<std::string_view, 8> content_kinds{"a time of day", "a text", "a whole number", "a number",
                                                        "true or false", "a date", "a list",         "a table"};

}  // namespace

const TextForm name_form{[](std::string_view text) {
                             return !text.empty() && text.size() <= 32 &&
                                    std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-'; });
                         },
                         "1 to 32 of a-z, 0-9 and -", "\"front\""};
const TextForm account_form{
    [](std::string_view text) {
        return !text.empty() && text.size() <= 31 && (is_lower_or_digit(text.front()) || text.front() == '_') &&
               std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-' || c == '_'; });
    },
    "1 to 31 of a-z, 0-9, _ and -, not with - first", "\"yizhan\""};
const TextForm path_form{[](std::string_view text) { return !text.empty() && text.size() <= 255 && is_plain(text); },
                         "1 to 255 bytes without control characters", "\"/var/lib/yizhan/…\""};
const TextForm serial_port_form{
    [](std::string_view text) { return text.starts_with("serial:/") && path_form.fits(text); },
    "a serial line like serial:/dev/…", "\"serial:/dev/ttyS1\""};
const TextForm label_form{[](std::string_view text) { return text.size() <= 200 && is_plain(text); },
                          "at most 200 bytes without control characters", "\"…\""};

Section::Section(const TomlTable& document, ErrorList& errors, Claims& claims)
    : Section(document, {}, std::string(whole_file), errors, claims) {}

Section::Section(const TomlTable& table, Position at, std::string label, ErrorList& errors, Claims& claims)
    : table_(&table), at_(at), label_(std::move(label)), errors_(&errors), claims_(&claims) {}

const TomlEntry* Section::entry(std::string_view key) const {
    const auto found = std::ranges::find(table_->entries, key, &TomlEntry::key);
    return found == table_->entries.end() ? nullptr : &*found;
}

Position Section::at(std::string_view key) const {
    const TomlEntry* const found = entry(key);
    return found != nullptr ? found->value.at : at_;
}

bool Section::has(std::string_view key) const { return entry(key) != nullptr; }

void Section::error_at(Position where, std::string what, std::string cure) {
    errors_->add(where, fmt::format("{} {}", label_, what), std::move(cure));
}

void Section::wrong_type(std::string_view key, const TomlValue& value, std::string_view wanted,
                         std::string_view example) {
    error(key, fmt::format("{} is {}, not {}", key, content_kinds[value.content.index()], wanted),
          fmt::format("write {} = {}", key, example));
}

const TomlValue* Section::find(std::string_view key, Need need, std::string_view example) {
    known_.emplace_back(key);
    if (const TomlEntry* const found = entry(key)) return &found->value;
    if (need == Need::required) error(key, fmt::format("has no {}", key), fmt::format("add {} = {}", key, example));
    return nullptr;
}

template <class Wanted>
const Wanted* Section::find_as(std::string_view key, bool& good, Need need, std::string_view wanted,
                               std::string_view example) {
    const TomlValue* const value = find(key, need, example);
    good = value != nullptr || need == Need::optional;
    if (value == nullptr) return nullptr;
    if (const auto* const content = std::get_if<Wanted>(&value->content)) return content;
    wrong_type(key, *value, wanted, example);
    good = false;
    return nullptr;
}

bool Section::text(std::string_view key, std::string& out, const TextForm& form, Need need) {
    bool good = false;
    const auto* const written = find_as<std::string>(key, good, need, "a text", form.example);
    if (written == nullptr) return good;
    out = *written;
    if (form.fits(out)) return true;
    error(key, fmt::format("{} {} is not {}", key, quoted(out), form.form),
          fmt::format("write it like {}", form.example));
    return false;
}

bool Section::duration(std::string_view key, milliseconds& out, milliseconds least, milliseconds most) {
    bool good = false;
    const auto* const written =
        find_as<std::string>(key, good, Need::optional, duration_wanted, fmt::format("\"{}\"", duration_to_text(out)));
    if (written == nullptr) return good;
    const auto value = duration_from_text(*written);
    if (!value) {
        error(key, fmt::format("{} {} is not {}", key, quoted(*written), duration_wanted),
              fmt::format("write it like \"{}\"", duration_to_text(out)));
        return false;
    }
    if (*value < least || *value > most) {
        error(key, fmt::format("{} {} is out of bounds", key, quoted(*written)),
              fmt::format("say {} to {}", duration_to_text(least), duration_to_text(most)));
        return false;
    }
    out = *value;
    return true;
}

bool Section::flag(std::string_view key, bool& out) {
    bool good = false;
    if (const auto* const written = find_as<bool>(key, good, Need::optional, "true or false", "true")) out = *written;
    return good;
}

bool Section::celsius(std::string_view key, std::int32_t& out, std::int32_t least, std::int32_t most) {
    std::int32_t degrees = out / 1000;
    const bool good = whole<std::int32_t>(key, degrees, least, most);
    out = degrees * 1000;
    return good;
}

bool Section::whole_within(std::string_view key, std::int64_t& out, std::int64_t least, std::int64_t most) {
    bool good = false;
    const auto* const written =
        find_as<std::int64_t>(key, good, Need::optional, "a whole number", fmt::format("{}", out));
    if (written == nullptr) return good;
    if (*written < least || *written > most) {
        error(key, fmt::format("{} {} is out of bounds", key, *written), fmt::format("say {} to {}", least, most));
        return false;
    }
    out = *written;
    return true;
}

bool Section::word_of(std::string_view key, std::optional<std::size_t>& chosen,
                      const std::vector<std::string_view>& words, Need need) {
    const std::string choices = fmt::format("\"{}\"", fmt::join(words, "\" or \""));
    bool good = false;
    const auto* const written = find_as<std::string>(key, good, need, "one of its words", choices);
    if (written == nullptr) return good;
    const auto found = std::ranges::find(words, *written);
    if (found == words.end()) {
        error(key, fmt::format("{} {} is not {}", key, quoted(*written), choices), fmt::format("write {}", choices));
        return false;
    }
    chosen = static_cast<std::size_t>(found - words.begin());
    return true;
}

bool Section::line(std::string_view key, LineName& out) {
    constexpr std::string_view example = "\"gpiochip-label:LINE-NAME\"";
    bool good = false;
    const auto* const written = find_as<std::string>(key, good, Need::required, "a line", example);
    if (written == nullptr) return good;
    const auto name = line_from_text(*written);
    if (!name) {
        error(key, fmt::format("{} {} is not chip-label:line-name", key, quoted(*written)),
              "gpioinfo shows the labels of chips and the names of lines; each has at most 31 characters");
        return false;
    }
    out = *name;
    claim(fmt::format("two things on one line, {}", quoted(*written)), key);
    return true;
}

bool Section::offset(std::string_view key, minutes& out) {
    bool good = false;
    const auto* const written = find_as<std::string>(key, good, Need::optional, "an offset", "\"+08:00\"");
    if (written == nullptr) return good;
    const auto value = utc_offset_from_text(*written);
    if (!value) {
        error(key, fmt::format("{} {} is not an offset from UTC", key, quoted(*written)),
              "write it like \"+08:00\", from -12:00 to +14:00");
        return false;
    }
    out = *value;
    return true;
}

bool Section::week(std::string_view key, std::vector<WeekSpan>& out) {
    constexpr std::size_t most = 50;
    bool good = false;
    const auto* const list =
        find_as<TomlList>(key, good, Need::optional, "a list of hours", "[\"Mon-Fri 06:00-22:00\"]");
    if (list == nullptr) return good;
    if (list->size() > most) {
        error(key, fmt::format("{} has more than {} parts", key, most), "put days with the same hours together");
        return false;
    }
    std::vector<WeekSpan> spans;
    for (const TomlValue& item : *list) {
        const auto* const written = std::get_if<std::string>(&item.content);
        const auto part = written != nullptr ? week_spans_from_text(*written) : std::nullopt;
        if (!part) {
            const std::string shown =
                written != nullptr ? quoted(*written) : std::string(content_kinds[item.content.index()]);
            error_at(item.at, fmt::format("{}: {} is not hours of the week", key, shown),
                     "write it like \"Mon-Fri 06:00-22:00\" or \"Sat 22:00-06:00\"; the end may be 24:00");
            good = false;
            continue;
        }
        spans.insert(spans.end(), part->begin(), part->end());
    }
    out = merged(std::move(spans));
    return good;
}

std::vector<PlacedDate> Section::dates(std::string_view key) {
    constexpr std::size_t most = 400;
    std::vector<PlacedDate> found;
    bool good = false;
    const auto* const list = find_as<TomlList>(key, good, Need::optional, "a list of dates", "[2027-02-06]");
    if (list == nullptr) return found;
    if (list->size() > most) error(key, fmt::format("{} has more than {} days", key, most), "leave out the past ones");
    for (const TomlValue& item : *list) {
        if (const auto* const date = std::get_if<std::chrono::year_month_day>(&item.content)) {
            found.push_back({*date, item.at});
        } else {
            error_at(item.at, fmt::format("{}: {} is not a date", key, content_kinds[item.content.index()]),
                     "write it like 2027-02-06, without quotes");
        }
    }
    return found;
}

std::optional<std::vector<std::int64_t>> Section::wholes(std::string_view key) {
    bool good = false;
    const auto* const list = find_as<TomlList>(key, good, Need::optional, "a list of whole numbers", "[26, 34]");
    if (list == nullptr) return std::nullopt;
    std::vector<std::int64_t> found;
    for (const TomlValue& item : *list) {
        if (const auto* const number = std::get_if<std::int64_t>(&item.content)) {
            found.push_back(*number);
        } else {
            error_at(item.at, fmt::format("{}: {} is not a whole number", key, content_kinds[item.content.index()]),
                     "write it like [26, 34]");
        }
    }
    return found;
}

std::optional<std::vector<PlacedText>> Section::texts(std::string_view key, std::string_view example) {
    bool good = false;
    const auto* const list = find_as<TomlList>(key, good, Need::optional, "a list of texts", example);
    if (list == nullptr) return std::nullopt;
    std::vector<PlacedText> found;
    for (const TomlValue& item : *list) {
        if (const auto* const text = std::get_if<std::string>(&item.content)) {
            found.push_back({*text, item.at});
        } else {
            error_at(item.at, fmt::format("{}: {} is not a text", key, content_kinds[item.content.index()]),
                     fmt::format("write it like {}", example));
        }
    }
    return found;
}

std::optional<Section> Section::section(std::string_view key, Need need, std::string_view example) {
    const bool top = label_ == whole_file;
    const TomlEntry* const found = entry(key);
    if (top && (found == nullptr || !std::holds_alternative<TomlTable>(found->value.content))) {
        known_.emplace_back(key);
        if (found != nullptr || need == Need::required) {
            error(key, fmt::format("has no [{}]", key), fmt::format("open it with [{}]", key));
        }
        return std::nullopt;
    }
    bool good = false;
    const auto* const inner = find_as<TomlTable>(key, good, need, "a table", example.empty() ? "{ … }" : example);
    if (inner == nullptr) return std::nullopt;
    std::string label = top ? fmt::format("[{}]", key) : fmt::format("{} {}", label_, key);
    return Section(*inner, at(key), std::move(label), *errors_, *claims_);
}

std::vector<Section> Section::sections(std::string_view key, std::size_t most) {
    std::vector<Section> found;
    const TomlValue* const value = find(key, Need::optional, {});
    if (value == nullptr) return found;
    const auto* const list = std::get_if<TomlList>(&value->content);
    const auto is_table = [](const TomlValue& item) { return std::holds_alternative<TomlTable>(item.content); };
    if (list == nullptr || !std::ranges::all_of(*list, is_table)) {
        error(key, fmt::format("has {} that is not [[{}]]", key, key),
              fmt::format("open each {0} with [[{0}]], in two pairs of brackets", key));
        return found;
    }
    for (const TomlValue& item : *list) {
        const auto& table = std::get<TomlTable>(item.content);
        const auto name = std::ranges::find(table.entries, "name", &TomlEntry::key);
        const auto* const text = name != table.entries.end() ? std::get_if<std::string>(&name->value.content) : nullptr;
        const std::string which = text != nullptr ? quoted(*text) : fmt::format("no. {}", found.size() + 1);
        found.push_back(Section(table, item.at, fmt::format("[[{}]] {}", key, which), *errors_, *claims_));
    }
    if (found.size() > most) {
        errors_->add(found[most].at_, fmt::format("more than {} [[{}]]", most, key),
                     fmt::format("a station has at most {}", most));
    }
    return found;
}

std::optional<std::size_t> Section::position(std::string_view key, std::string_view kind, const std::string& name,
                                             const std::vector<std::string>& names) {
    const auto found = std::ranges::find(names, name);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    const auto meant = nearest(name, names);
    error(key, fmt::format("names {} {}, which is not there", kind, quoted(name)),
          meant           ? fmt::format("did you mean \"{}\"?", *meant)
          : names.empty() ? fmt::format("add [[{}]]", kind)
                          : fmt::format("there is \"{}\"", fmt::join(names, "\", \"")));
    return std::nullopt;
}

void Section::claim_name(std::string_view kind, const std::string& name) {
    claims_->add(fmt::format("two {}s named {}", kind, quoted(name)), {}, at("name"));
}

void Section::claim(std::string thing, std::string_view key) {
    claims_->add(std::move(thing), fmt::format("{} {}", label_, key), at(key));
}

void Section::finish() {
    for (const TomlEntry& found : table_->entries) {
        if (std::ranges::find(known_, found.key) != known_.end()) continue;
        const auto meant = nearest(found.key, known_);
        errors_->add(
            found.at, fmt::format("{} knows no key {}", label_, quoted(found.key)),
            meant ? fmt::format("did you mean {}?", *meant) : fmt::format("known here: {}", fmt::join(known_, ", ")));
    }
}

}  // namespace yizhan
