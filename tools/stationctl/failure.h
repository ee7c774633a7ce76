#pragma once

#include <expected>
#include <string>

#include "hal/error.h"
#include "tools/stationctl/exit_code.h"

namespace yizhan {

// Why a command of the tool did not do what it should.
struct Failure {
    ExitCode exit = ExitCode::failed;
    Error error;
    std::string code;  // of the protocol, where the station said it
    std::string outcome;
};

template <class T>
using Tried = std::expected<T, Failure>;

inline std::unexpected<Failure> failed(Error error, ExitCode exit = ExitCode::failed) {
    return std::unexpected(Failure{.exit = exit, .error = std::move(error), .code = {}, .outcome = {}});
}

}  // namespace yizhan
