#include "firmware/storage/record_document.h"

#include <nlohmann/json.hpp>

#include "firmware/identity/hex.h"

namespace yizhan {
namespace {

void set_unless_empty(nlohmann::json& document, const char* key, const std::string& value) {
    if (!value.empty()) document[key] = value;
}

// For these 0 says something; elsewhere it says that nothing is to be said.
bool zero_means_something(std::string_view type) {
    return type == name_of(RecordType::occupancy_set) || type == name_of(RecordType::presence_changed) ||
           type == name_of(RecordType::enrol_ended);
}

}  // namespace

nlohmann::json record_document(const LogRow& row) {
    nlohmann::json record = {{"seq", row.seq},
                             {"epoch", row.epoch},
                             {"boot", hex16(row.at.boot)},
                             {"mono_ns", row.at.mono.time_since_epoch().count()},
                             {"time", row.at.wall.time_since_epoch().count()},
                             {"trusted", row.at.trusted},
                             {"type", row.type}};
    set_unless_empty(record, "outcome", row.outcome);
    set_unless_empty(record, "cause", row.cause);
    set_unless_empty(record, "off_reason", row.off_reason);
    set_unless_empty(record, "mode", row.mode);
    set_unless_empty(record, "alarm", row.alarm);
    set_unless_empty(record, "door", row.door);
    set_unless_empty(record, "reader", row.reader);
    set_unless_empty(record, "outlet", row.outlet);
    set_unless_empty(record, "input", row.input);
    set_unless_empty(record, "group", row.group);
    if (row.visit != 0) record["visit"] = hex16(row.visit);
    if (row.lasts.count() != 0) record["lasts_ms"] = row.lasts.count();
    if (row.value != 0 || zero_means_something(row.type)) record["value"] = row.value;
    set_unless_empty(record, "actor", row.actor);
    if (!row.actor.empty() || row.uid != 0) record["uid"] = row.uid;
    set_unless_empty(record, "commitment", row.commitment);
    return record;
}

}  // namespace yizhan
