// The little languages inside settings: durations, hours of the week, time zones, lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/ports/gpio.h"
#include "firmware/station/config.h"
#include "hal/time.h"

namespace yizhan {

// A whole number and a unit: "30ms", "5s", "15min", "2h". At most nine digits.
std::optional<milliseconds> duration_from_text(std::string_view text);
// The largest unit that says it in a whole number.
std::string duration_to_text(milliseconds duration);

// "+08:00"; "-12:00" to "+14:00" are in use on earth.
std::optional<minutes> utc_offset_from_text(std::string_view text);

// "chip-label:line-name", parted at the last colon (labels that come from ACPI contain one), each 1 to 31 printable
// characters, as the kernel has them.
std::optional<LineName> line_from_text(std::string_view text);

// "Mon-Fri 06:00-22:00" or "Sat 22:00-06:00" (ends the day after); days in a row may go over Sunday; 24:00 only as an
// end. One span a day, in no particular order, and over the end of the week in two pieces.
std::optional<std::vector<WeekSpan>> week_spans_from_text(std::string_view text);
// In order, without overlap: what the station looks up in.
std::vector<WeekSpan> merged(std::vector<WeekSpan> spans);

}  // namespace yizhan
