#include "tools/stationctl/text_table.h"

#include <algorithm>
#include <cstdint>

namespace yizhan {
namespace {

constexpr std::uint32_t not_utf8 = 0xfffd;

// One character from the front of `text`.
std::uint32_t take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    std::size_t size = 1;
    std::uint32_t value = first;
    if (first >= 0xf0 && first < 0xf8) {
        size = 4;
        value = first & 0x07;
    } else if (first >= 0xe0) {
        size = 3;
        value = first & 0x0f;
    } else if (first >= 0xc0) {
        size = 2;
        value = first & 0x1f;
    } else if (first >= 0x80) {
        value = not_utf8;
    }
    if (first >= 0xf8 || size > text.size()) {
        text.remove_prefix(1);
        return not_utf8;
    }
    for (std::size_t i = 1; i < size; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80) {
            text.remove_prefix(i);
            return not_utf8;
        }
        value = value << 6 | (next & 0x3f);
    }
    text.remove_prefix(size);
    return value;
}

bool commands_terminal(std::uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == not_utf8 ||
           (c >= 0x200e && c <= 0x200f) ||  // and what turns the direction of the text around
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

bool is_wide(std::uint32_t c) {
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto before = text;
        const auto character = take_character(text);
        if (commands_terminal(character)) {
            out += '?';
        } else {
            out += before.substr(0, before.size() - text.size());
        }
    }
    return out;
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) width += is_wide(take_character(text)) ? 2 : 1;
    return width;
}

std::string padded(std::string_view text, std::size_t width) {
    const auto has = display_width(text);
    return std::string(text) + std::string(has < width ? width - has : 0, ' ');
}

std::string text_table(const std::vector<std::vector<std::string>>& rows, std::size_t indent) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(printable(row[i])));
        }
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line(indent, ' ');
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (widths[i] > 0) line += padded(printable(row[i]), widths[i] + 2);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    return out;
}

}  // namespace yizhan
