#include "firmware/control/hub.h"

#include <nlohmann/json.hpp>

#include "firmware/control/documents.h"
#include "firmware/control/json_line.h"

namespace yizhan {

void ControlHub::refresh_state(Now now) {
    if (!state_stale_) return;
    state_stale_ = false;
    nlohmann::json document = state_document(backend.view(), now);
    const nlohmann::json time = std::move(document["time"]);
    document.erase("time");
    auto without_time = to_text(document);
    if (without_time != state_without_time_) {
        ++state_version_;
        state_without_time_ = std::move(without_time);
    }
    document["time"] = time;
    state_push_ = to_line({{"push", "state"}, {"state", std::move(document)}});
}

}  // namespace yizhan
