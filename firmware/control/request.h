// A request line and its arguments, read without trust. Private to firmware/control.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "hal/error.h"
#include "hal/outcome.h"

namespace yizhan {

// Error codes of protocol.h.
enum class ControlCode : std::uint8_t { bad_request, unknown_verb, not_permitted, not_found, refused, busy, failed };
std::string_view name_of(ControlCode code);

struct ControlError {
    ControlCode code = ControlCode::failed;
    std::string what;
    std::string cure;
    Outcome outcome = Outcome::none;  // with `refused`, where Station gave one
};

template <class T>
using Checked = std::expected<T, ControlError>;

struct Request {
    std::uint64_t id = 0;
    std::string verb;
    nlohmann::json body;  // the whole object, nested at most request_depth_limit deep
};

inline constexpr std::uint64_t largest_json_integer = (std::uint64_t{1} << 53) - 1;
inline constexpr int request_depth_limit = 8;

// bad_request where the line is no object with id and verb.
Checked<Request> parse_request(std::string_view line);

// Reads arguments; the first one that is wrong is kept as error() and named in it. What is read after an error is
// to be thrown away. Values are taken only as what they are: "5" is not 5, 1.0 is not 1.
class Arguments {
 public:
    explicit Arguments(const nlohmann::json& body) : body_(body) {}

    bool flag(const char* name);
    std::optional<bool> optional_flag(const char* name);
    std::uint64_t number(const char* name, std::uint64_t least, std::uint64_t most);
    std::optional<std::uint64_t> optional_number(const char* name, std::uint64_t least, std::uint64_t most);
    std::string text(const char* name);
    std::optional<std::string> optional_text(const char* name);
    bool has(const char* name) const { return body_.contains(name); }
    // Another thing that is wrong with an argument.
    void reject(const char* name, const std::string& why);

    const std::optional<ControlError>& error() const { return error_; }

 private:
    void missing(const char* name);

    const nlohmann::json& body_;
    std::optional<ControlError> error_;
};

}  // namespace yizhan
