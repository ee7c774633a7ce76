#include "tools/collector/collector_settings.h"

#include <utility>

#include "firmware/settings/reading.h"
#include "firmware/settings/sections.h"

namespace yizhan::collector {
namespace {

const TextForm database_form{[](std::string_view text) {
                                 return (text.starts_with("sqlite:/") || text.starts_with("postgresql://")) &&
                                        path_form.fits(text);
                             },
                             "sqlite: and an absolute path, or postgresql:// and where the server is",
                             "\"sqlite:/var/lib/yizhan-collector/records.db\""};
const TextForm address_form{[](std::string_view text) { return !text.empty() && label_form.fits(text); },
                            "an IPv4 address of this machine", "\"127.0.0.1\""};

void read_collector(Section& section, CollectorSettings& settings) {
    section.text("name", settings.name, name_form, Need::required);
    section.text("group", settings.group, name_form);
    section.text("database", settings.database, database_form, Need::required);
    section.text("metrics_address", settings.metrics_address, address_form);
    section.whole<std::uint16_t>("metrics_port", settings.metrics_port, 0, 65535);
    section.offset("utc_offset", settings.utc_offset);
    section.finish();
}

}  // namespace

std::expected<CollectorSettings, std::vector<Error>> parse_collector_settings(std::string_view text,
                                                                              std::string_view file_name) {
    ErrorList errors(file_name);
    const auto document = read_document(text, errors);
    if (!document) return std::unexpected(errors.in_order());
    Claims claims;
    CollectorSettings settings;
    Section file(*document, errors, claims);
    if (auto section = file.section("collector", Need::required, "[collector]\nname = \"one\"")) {
        read_collector(*section, settings);
    }
    if (auto section = file.section("broker", Need::required, "[broker]\nhost = \"mqtt.example.org\"")) {
        read_broker(*section, settings.broker);
        section->finish();
    }
    file.finish();
    if (!errors.empty()) return std::unexpected(errors.in_order());
    return settings;
}

std::expected<CollectorSettings, std::vector<Error>> read_collector_settings(Files& files, const std::string& path) {
    constexpr std::size_t size_limit = 64 * 1024;
    const auto text = read_text(files, path, size_limit);
    if (!text) return std::unexpected(std::vector{text.error()});
    return parse_collector_settings(*text, path);
}

}  // namespace yizhan::collector
