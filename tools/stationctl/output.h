#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "tools/stationctl/failure.h"

namespace yizhan {

// To standard output, at once. False when nobody reads it any more (a pager that was left): stop, that is no error.
[[nodiscard]] bool write_out(std::string_view text);
[[nodiscard]] bool write_json(const nlohmann::json& document);  // one line

// "stationctl: what" and the cure below it on standard error; as an object on standard output where `as_json`.
void report(const Failure& failure, bool as_json);
// An error of a file, among others.
void report_line(const Error& error);

}  // namespace yizhan
