// Records as lines of the protocol, none longer than a line may be. Private to firmware/control.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "firmware/storage/access_log.h"

namespace yizhan {

// Pushes "records": all rows, in order, all of one epoch. As many lines as they need.
std::vector<std::string> feed_lines(std::span<const LogRow> rows);
// The reply to "log": at most `limit` rows, fewer where they do not fit; "more" says that there are further ones.
nlohmann::json log_reply(std::span<const LogRow> rows, std::size_t limit);
// Push "live"; `dropped`: records that live clients will not see before this one.
std::string live_line(const LogRow& row, std::uint64_t dropped);

}  // namespace yizhan
