#include "drivers/ports/gpio/line_request.h"

#include <linux/gpio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace yizhan {

Result<void> set_level(int request, bool high) {
    gpio_v2_line_values values{.bits = high ? 1U : 0U, .mask = 1};
    if (::ioctl(request, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) == 0) return {};
    return failure(std::string("the line does not take its level: ") + std::strerror(errno),
                   "see `journalctl -k`: is its chip still there?");
}

Result<std::uint64_t> levels_of(int request, std::size_t lines) {
    gpio_v2_line_values values{.bits = 0, .mask = ~std::uint64_t{0} >> (64 - lines)};
    if (::ioctl(request, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) == 0) return values.bits;
    return failure(std::string("the line's level cannot be read: ") + std::strerror(errno),
                   "see `journalctl -k`: is its chip still there?");
}

Result<std::span<const Edge>> read_edges(int request, std::span<const unsigned> offsets,
                                         std::span<Edge, max_edges_per_read> into) {
    std::array<gpio_v2_line_event, max_edges_per_read> events;
    const ssize_t got = ::read(request, events.data(), sizeof events);
    if (got < 0) {
        if (errno == EAGAIN || errno == EINTR) return std::span<const Edge>();
        return failure(std::string("edges cannot be read: ") + std::strerror(errno),
                       "see `journalctl -k`: is the chip still there?");
    }
    const auto count = static_cast<std::size_t>(got) / sizeof(gpio_v2_line_event);
    for (std::size_t i = 0; i < count; ++i) {
        const auto line = std::find(offsets.begin(), offsets.end(), events[i].offset) - offsets.begin();
        into[i] = {.line = static_cast<std::uint8_t>(line),
                   .rising = events[i].id == GPIO_V2_LINE_EVENT_RISING_EDGE,
                   .at = Mono(nanoseconds(static_cast<std::int64_t>(events[i].timestamp_ns))),
                   .sequence = events[i].seqno};
    }
    return std::span<const Edge>(into.data(), count);
}

}  // namespace yizhan
