// What is signed is a JSON text in one form only, RFC 8785 with whole numbers: nothing between tokens, names in order
// and once, no number with a fraction. So two texts that say the same are the same bytes, and a reader in another
// language cannot understand another thing than the one that checked the signature.
//
// In Python: json.dumps(x, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace yizhan {

inline constexpr int canonical_depth_limit = 8;

// Nothing: the text is longer than `most` bytes, no JSON object, nested deeper than canonical_depth_limit, or not in
// this form.
std::optional<nlohmann::json> read_canonical(std::string_view text, std::size_t most);
std::string to_canonical(const nlohmann::json& object);

// What a signature of `text` is over: never the same bytes for two purposes. `purpose`: "command", "key set" …
std::string bytes_to_sign(std::string_view purpose, std::string_view text);

// Members of an object that has exactly these: whoever adds one that this program does not know means something by it.
bool has_only(const nlohmann::json& object, std::span<const std::string_view> names);
std::optional<std::uint64_t> number_in(const nlohmann::json& object, const char* name);
std::optional<std::string> text_in(const nlohmann::json& object, const char* name);

}  // namespace yizhan
