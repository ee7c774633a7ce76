// A recording (drivers/recorder/recorder.h) as values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/ports/gpio.h"
#include "hal/error.h"
#include "hal/time.h"

namespace yizhan {

struct RecordedEvent {
    enum class What : std::uint8_t { attached, detached, reset, sent, got, edge, level, set, card, removed, typed };
    What what;
    std::chrono::nanoseconds at;  // since the beginning of the recording
    std::vector<std::byte> bytes;  // sent, got, card; what was withheld is zeros, which begin no frame
    std::string text;  // detached: why; typed
    bool high = false;  // level, set
    Edge edge{};  // `at` is not set
};

struct Recording {
    std::map<std::string, std::vector<RecordedEvent>> sources;  // by name; each in order of time
    std::uint64_t dropped = 0;  // notes that are missing: the replay may differ
    bool whole = true;  // false: the file was full, or the last line is cut off
};

// Fails with the number of the first line that is none, unless it is the last one: a station that loses its power
// leaves such a file.
Result<Recording> parse_recording(std::string_view text);

}  // namespace yizhan
