// Errors of the world are values. A programmer error is not an Error: see hal/check.h.
#pragma once

#include <expected>
#include <string>

namespace yizhan {

struct Error {
    std::string what;  // names the place (file:line:column, device, topic …) and what is wrong there
    std::string cure;  // what the reader can do about it; may be empty where nothing can be done
    bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> failure(std::string what, std::string cure = {}) {
    return std::unexpected(Error{std::move(what), std::move(cure)});
}

}  // namespace yizhan
