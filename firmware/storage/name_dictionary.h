#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/storage/database.h"

namespace yizhan {

// The table `name`, held in memory whole: words by number and back. Empty is no word and has no number.
class NameDictionary {
 public:
    Result<void> load(Database& database);
    // Inside the caller's transaction.
    Result<std::int64_t> number_of(Database& database, std::string_view word);
    std::optional<std::int64_t> find(std::string_view word) const;
    const std::string& word(std::int64_t number) const;  // empty for an unknown number

    std::size_t size() const { return words_.size(); }
    // After a rollback: forgets what was added since size() was `size`.
    void shrink(std::size_t size);

 private:
    std::vector<std::string> words_;  // number - 1
    std::map<std::string, std::int64_t, std::less<>> numbers_;
};

}  // namespace yizhan
