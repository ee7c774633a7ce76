#include "firmware/settings/error_list.h"

#include <fmt/format.h>

#include <algorithm>

namespace yizhan {

void ErrorList::add(Position at, std::string what, std::string cure) {
    errors_.push_back({at, {fmt::format("{}: {}", place(at), what), std::move(cure)}});
}

std::string ErrorList::place(Position at) const { return fmt::format("{}:{}:{}", file_, at.line, at.column); }

std::vector<Error> ErrorList::in_order() const {
    std::vector<Placed> sorted = errors_;
    std::ranges::stable_sort(sorted, {}, &Placed::at);
    std::vector<Error> list;
    for (Placed& placed : sorted) list.push_back(std::move(placed.error));
    return list;
}

std::string quoted(std::string_view word) {
    constexpr std::size_t longest = 48;
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    std::size_t end = std::min(word.size(), longest);
    while (end < word.size() && end > 0 && continues(word[end])) --end;
    std::string shown = "\"";
    for (const char c : word.substr(0, end)) {
        const auto byte = static_cast<unsigned char>(c);
        shown += byte < 0x20 || byte == 0x7F ? '?' : c;
    }
    return shown + (end < word.size() ? "…\"" : "\"");
}

}  // namespace yizhan
