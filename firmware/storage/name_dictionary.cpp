#include "firmware/storage/name_dictionary.h"

namespace yizhan {

Result<void> NameDictionary::load(Database& database) {
    auto rows = database.prepare("SELECT id, text FROM name ORDER BY id");
    if (!rows) return std::unexpected(rows.error());
    shrink(0);
    while (true) {
        const auto row = rows->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return {};
        words_.push_back(rows->text(1));
        const auto number = static_cast<std::int64_t>(words_.size());
        if (rows->integer(0) != number || !numbers_.emplace(words_.back(), number).second) {
            return database.damaged("the table of names is damaged");
        }
    }
}

Result<std::int64_t> NameDictionary::number_of(Database& database, std::string_view word) {
    if (const auto known = find(word)) return *known;
    const auto number = static_cast<std::int64_t>(words_.size()) + 1;
    auto insert = database.prepare("INSERT INTO name (id, text) VALUES (?, ?)");
    if (!insert) return std::unexpected(insert.error());
    insert->bind(1, number);
    insert->bind(2, word);
    if (auto done = insert->run(); !done) return std::unexpected(done.error());
    words_.emplace_back(word);
    numbers_.emplace(word, number);
    return number;
}

std::optional<std::int64_t> NameDictionary::find(std::string_view word) const {
    const auto found = numbers_.find(word);
    if (found == numbers_.end()) return std::nullopt;
    return found->second;
}

const std::string& NameDictionary::word(std::int64_t number) const {
    static const std::string none;
    if (number < 1 || static_cast<std::size_t>(number) > words_.size()) return none;
    return words_[static_cast<std::size_t>(number - 1)];
}

void NameDictionary::shrink(std::size_t size) {
    while (words_.size() > size) {
        numbers_.erase(words_.back());
        words_.pop_back();
    }
}

}  // namespace yizhan
