#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/settings/settings.h"
#include "hal/error.h"
#include "hal/file.h"

namespace yizhan::collector {

struct CollectorSettings {
    std::string name;  // of this one, among several at one broker
    std::string group;  // empty: it takes everything
    std::string database;  // as open_sql() has it
    std::string metrics_address = "127.0.0.1";
    std::uint16_t metrics_port = 9464;  // 0: none
    minutes utc_offset{480};  // of reports
    BrokerSettings broker;
};

// Every error with file, line and column; all at once.
std::expected<CollectorSettings, std::vector<Error>> parse_collector_settings(std::string_view text,
                                                                              std::string_view file_name);
std::expected<CollectorSettings, std::vector<Error>> read_collector_settings(Files& files, const std::string& path);

}  // namespace yizhan::collector
