#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yizhan {

// The candidate that takes the fewest single-character changes to become `word`, if they are few enough for a slip of
// the fingers: a third of the word, rounded up.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace yizhan
