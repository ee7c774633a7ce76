// A typed reader over one table of the settings. It knows which keys were asked for, so that finish() can report the
// others, and records every error with its place and cure.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/settings/claims.h"
#include "firmware/settings/document.h"
#include "firmware/settings/error_list.h"
#include "firmware/settings/forms.h"

namespace yizhan {

enum class Need : bool { optional, required };

// What a text must look like. `form` and `example` are for messages.
struct TextForm {
    bool (*fits)(std::string_view);
    std::string_view form;
    std::string_view example;
};
extern const TextForm name_form;  // [a-z0-9-]{1,32}
extern const TextForm account_form;  // of a user or group of the system
extern const TextForm path_form;  // 1 to 255 bytes without control characters
extern const TextForm serial_port_form;  // serial: and the path of a device
extern const TextForm label_form;  // for people: up to 200 bytes without control characters

struct PlacedText {
    std::string text;
    Position at;
};
struct PlacedDate {
    std::chrono::year_month_day date;
    Position at;
};

// The readers below write what they read into `out`; a key that is not there leaves it as it is. They return false
// if the value cannot be relied on: an error has been recorded then, and further checks on it would only repeat it.
// Bounds are inclusive.
class Section {
 public:
    // `document` outlives the section and everything read through it.
    Section(const TomlTable& document, ErrorList& errors, Claims& claims);

    // "[[door]] \"front\"": for messages.
    const std::string& label() const { return label_; }
    // Of the key's value; of the section where the key is not there.
    Position at(std::string_view key) const;
    bool has(std::string_view key) const;

    bool text(std::string_view key, std::string& out, const TextForm& form, Need need = Need::optional);
    bool duration(std::string_view key, milliseconds& out, milliseconds least, milliseconds most);
    bool flag(std::string_view key, bool& out);
    // Whole degrees Celsius in the file, millicelsius in `out`.
    bool celsius(std::string_view key, std::int32_t& out, std::int32_t least, std::int32_t most);
    template <std::integral Integer>
    bool whole(std::string_view key, Integer& out, Integer least, Integer most) {
        std::int64_t value = static_cast<std::int64_t>(out);
        const bool good = whole_within(key, value, static_cast<std::int64_t>(least), static_cast<std::int64_t>(most));
        out = good ? static_cast<Integer>(value) : out;
        return good;
    }
    template <class Value>
    bool choice(std::string_view key, Value& out, std::initializer_list<std::pair<std::string_view, Value>> words,
                Need need = Need::optional) {
        std::vector<std::string_view> names;
        for (const auto& word : words) names.push_back(word.first);
        std::optional<std::size_t> chosen;
        const bool good = word_of(key, chosen, names, need);
        if (chosen) out = (words.begin() + *chosen)->second;
        return good;
    }
    // Claims the line: no two things on one.
    bool line(std::string_view key, LineName& out);
    bool offset(std::string_view key, minutes& out);
    bool week(std::string_view key, std::vector<WeekSpan>& out);

    // Lists; what is wrong inside is recorded and left out. None: the key is not there.
    std::vector<PlacedDate> dates(std::string_view key);
    std::optional<std::vector<std::int64_t>> wholes(std::string_view key);
    std::optional<std::vector<PlacedText>> texts(std::string_view key, std::string_view example);

    // A table inside: [key], or key = { … }.
    std::optional<Section> section(std::string_view key, Need need = Need::optional, std::string_view example = {});
    // [[key]], in the order of the file. More than `most` are an error.
    std::vector<Section> sections(std::string_view key, std::size_t most);

    // This section's name is the only one among its kind.
    void claim_name(std::string_view kind, const std::string& name);
    void claim(std::string thing, std::string_view key);
    void error(std::string_view key, std::string what, std::string cure) {
        error_at(at(key), std::move(what), std::move(cure));
    }
    void error_at(Position where, std::string what, std::string cure);

    // The name's position in `names`; an error that lists them if it is not there.
    std::optional<std::size_t> position(std::string_view key, std::string_view kind, const std::string& name,
                                        const std::vector<std::string>& names);

    // Reports every key that nobody asked for.
    void finish();

 private:
    Section(const TomlTable& table, Position at, std::string label, ErrorList& errors, Claims& claims);

    const TomlEntry* entry(std::string_view key) const;
    // Marks the key as known.
    const TomlValue* find(std::string_view key, Need need, std::string_view example);
    template <class Wanted>
    const Wanted* find_as(std::string_view key, bool& good, Need need, std::string_view wanted,
                          std::string_view example);
    bool whole_within(std::string_view key, std::int64_t& out, std::int64_t least, std::int64_t most);
    bool word_of(std::string_view key, std::optional<std::size_t>& chosen, const std::vector<std::string_view>& words,
                 Need need);
    void wrong_type(std::string_view key, const TomlValue& value, std::string_view wanted, std::string_view example);

    const TomlTable* table_;
    Position at_;
    std::string label_;
    ErrorList* errors_;
    Claims* claims_;
    std::vector<std::string> known_;
};

template <class Things>
std::optional<std::size_t> position_named(Section& section, std::string_view key, std::string_view kind,
                                          const std::string& name, const Things& things) {
    std::vector<std::string> names;
    for (const auto& thing : things) names.push_back(thing.name);
    return section.position(key, kind, name, names);
}

}  // namespace yizhan
