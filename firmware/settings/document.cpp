#include "firmware/settings/document.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "firmware/settings/settings.h"

namespace yizhan {
namespace {

Position position_of(const toml::source_region& source) { return {source.begin.line, source.begin.column}; }

class TomlConversion {
 public:
    explicit TomlConversion(ErrorList& errors) : errors_(errors) {}

    TomlTable table(const toml::table& from, int depth) {
        TomlTable to;
        for (const auto& [key, node] : from) {
            to.entries.push_back({std::string(key.str()), position_of(key.source()), value(node, depth)});
        }
        std::ranges::stable_sort(to.entries, {}, &TomlEntry::at);
        return to;
    }

    bool too_deep() const { return too_deep_; }

 private:
    TomlValue value(const toml::node& node, int depth) {
        TomlValue to{position_of(node.source()), TomlTime{}};
        if (depth >= document_depth_limit && (node.is_table() || node.is_array())) {
            if (!too_deep_) {
                errors_.add(to.at, fmt::format("more than {} tables or lists inside one another", document_depth_limit),
                            "settings have at most three levels: see the examples");
            }
            too_deep_ = true;
        } else if (const auto* inner = node.as_table()) {
            to.content = table(*inner, depth + 1);
        } else if (const auto* array = node.as_array()) {
            TomlList list;
            for (const toml::node& item : *array) list.push_back(value(item, depth + 1));
            to.content = std::move(list);
        } else if (const auto* text = node.as_string()) {
            to.content = text->get();
        } else if (const auto* whole = node.as_integer()) {
            to.content = whole->get();
        } else if (const auto* real = node.as_floating_point()) {
            to.content = real->get();
        } else if (const auto* flag = node.as_boolean()) {
            to.content = flag->get();
        } else if (const auto* date = node.as_date()) {
            const toml::date day = date->get();
            to.content = std::chrono::year{day.year} / std::chrono::month{day.month} / std::chrono::day{day.day};
        }
        return to;
    }

    ErrorList& errors_;
    bool too_deep_ = false;
};

// Before parsing: a line of ten thousand dots would nest toml++'s tables as deep, and their destructors with them.
bool within_limits(std::string_view text, ErrorList& errors) {
    if (text.size() > settings_size_limit) {
        errors.add({}, fmt::format("longer than {} KiB", settings_size_limit / 1024), "this is not a settings file");
        return false;
    }
    std::uint32_t line = 1;
    for (std::size_t begin = 0; begin < text.size(); ++line) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end - begin > document_line_limit) {
            errors.add({line, 1}, fmt::format("a line of more than {} bytes", document_line_limit), "break the line");
            return false;
        }
        begin = end + 1;
    }
    return true;
}

}  // namespace

std::optional<TomlTable> read_document(std::string_view text, ErrorList& errors) {
    if (!within_limits(text, errors)) return std::nullopt;
    toml::table parsed;
    try {
        parsed = toml::parse(text);
    } catch (const toml::parse_error& error) {
        errors.add(position_of(error.source()), fmt::format("not valid TOML: {}", error.description()),
                   "correct it; whatever follows is checked only then");
        return std::nullopt;
    }
    TomlConversion conversion(errors);
    TomlTable document = conversion.table(parsed, 0);
    if (conversion.too_deep()) return std::nullopt;
    return document;
}

}  // namespace yizhan
