// What the centre's collector says of the feed, as the MQTT contract has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "firmware/uplink/feed_window.h"

namespace yizhan {

// …/event/ack {"epoch":…,"upto":…}: everything up to there is in the centre's database. Nothing for any other payload.
std::optional<FeedPosition> acknowledgement_in(std::string_view payload);

// …/event/resend {"epoch":…,"from":…,"to":…}: records the centre lacks. The feed goes back to before the first of them
// and on from there, so that records stay in order: `to` is not needed. The position before them; nothing for any other
// payload.
std::optional<FeedPosition> before_missing_in(std::string_view payload);

}  // namespace yizhan
