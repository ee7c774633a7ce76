#pragma once

#include <cstdint>

namespace yizhan {

// When a record counts as delivered, so that the station need not send it again and may delete it some day.
enum class Delivery : std::uint8_t {
    broker,  // when the broker has taken it, for somebody who has subscribed: what the broker loses is lost
    collector,  // when the centre's collector says that it is in its database (…/event/ack), and not before
};

}  // namespace yizhan
