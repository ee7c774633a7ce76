// A record as everybody outside the station sees it, and as the hash chain covers it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "firmware/storage/access_log.h"

namespace yizhan {

// As feed, live and log query show it. Everything the row holds is in it: what is not could be changed unseen.
nlohmann::json record_document(const LogRow& row);

}  // namespace yizhan
