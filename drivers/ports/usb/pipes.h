// Which pipes of a USB device carry SAM_A frames. Two kinds of reader share one VID:PID, so the descriptors decide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hal/error.h"

namespace yizhan {

// As the descriptors say it; only alternate setting 0, control and isochronous endpoints left out.
struct UsbEndpoint {
    std::uint8_t address = 0;  // bit 7: IN
    bool bulk = true;  // or interrupt
    std::size_t packet = 64;  // the most bytes the device puts into one packet
    bool operator==(const UsbEndpoint&) const = default;
};
struct UsbInterface {
    std::uint8_t number = 0;
    std::uint8_t device_class = 0xFF;
    std::vector<UsbEndpoint> endpoints;
};

// One pipe each way; or, with the classic module, two each way: the first carries preamble and LEN, the second the
// rest.
struct UsbPipes {
    std::uint8_t interface = 0;
    std::vector<UsbEndpoint> out;
    std::vector<UsbEndpoint> in;  // as many as `out`
    bool split() const { return in.size() == 2; }
};

// What a frame begins with: preamble and LEN.
inline constexpr std::size_t frame_head = 7;

// The first interface that fits. A HID reader is refused: nobody documents the ids and sizes of its reports.
Result<UsbPipes> choose_pipes(std::span<const UsbInterface> interfaces);

}  // namespace yizhan
