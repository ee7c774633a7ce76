#include "firmware/settings/settings.h"

#include "firmware/settings/sections.h"

namespace yizhan {

std::expected<Settings, std::vector<Error>> parse_settings(std::string_view text, std::string_view file_name) {
    ErrorList errors(file_name);
    const auto document = read_document(text, errors);
    if (!document) return std::unexpected(errors.in_order());

    Claims claims;
    Settings settings;
    Section file(*document, errors, claims);
    read_station(file, settings);
    read_programs(file, settings);
    read_doors(file, settings);
    ModbusDevices devices;
    read_outlets(file, settings, devices);
    read_inputs(file, settings, devices);
    read_readers(file, settings);
    file.finish();
    if (settings.station.policy == AdmissionPolicy::members && settings.identity.member_list.empty()) {
        errors.add(file.at(file.has("identity") ? "identity" : "admission"),
                   "policy \"members\" needs [identity] member_list",
                   "add member_list = \"/var/lib/yizhan/members.list\" to [identity], or say policy = \"any-valid-id\" "
                   "in [admission]");
    }
    claims.report(errors);
    if (!errors.empty()) return std::unexpected(errors.in_order());
    return settings;
}

}  // namespace yizhan
