#include "drivers/ports/usb/pipes.h"

#include <algorithm>
#include <optional>

namespace yizhan {
namespace {

constexpr std::uint8_t hid_class = 0x03;

bool is_in(const UsbEndpoint& endpoint) { return (endpoint.address & 0x80) != 0; }

std::optional<UsbPipes> pipes_of(const UsbInterface& interface) {
    UsbPipes all{.interface = interface.number, .out = {}, .in = {}};
    UsbPipes bulk = all;
    for (const UsbEndpoint& endpoint : interface.endpoints) {
        if (endpoint.packet == 0) continue;
        for (UsbPipes* pipes : {&all, &bulk}) {
            if (pipes == &bulk && !endpoint.bulk) continue;
            (is_in(endpoint) ? pipes->in : pipes->out).push_back(endpoint);
        }
    }
    if (bulk.in.size() >= 2 && bulk.out.size() >= 2) {
        for (auto* pipes : {&bulk.in, &bulk.out}) {
            std::ranges::sort(*pipes, {}, &UsbEndpoint::address);
            pipes->resize(2);
        }
        return bulk;
    }
    // A few firmwares declare their one pair as interrupt pipes.
    if (all.in.size() == 1 && all.out.size() == 1) return all;
    return std::nullopt;
}

}  // namespace

Result<UsbPipes> choose_pipes(std::span<const UsbInterface> interfaces) {
    bool hid = false;
    for (const UsbInterface& interface : interfaces) {
        if (interface.device_class == hid_class) {
            hid = true;
        } else if (auto pipes = pipes_of(interface)) {
            return *pipes;
        }
    }
    if (hid) return failure("it is a HID device, whose report format is not known", "use a reader with bulk pipes");
    return failure("it has no pipes an ID-card reader would have (one IN and one OUT, or two bulk pipes each way)",
                   "check that the reader, and nothing else, is plugged in there");
}

}  // namespace yizhan
