// What the driver asks a SAM_A, how long it waits, and which replies can be the answer (GA/T 467).
#pragma once

#include <cstdint>
#include <string>

#include "drivers/id_card_reader/sam_frame.h"
#include "hal/outcome.h"
#include "hal/time.h"

namespace yizhan {

enum class SamCommand : std::uint8_t {
    reset,  // 10 FF
    sam_id,  // 12 FF
    find,  // 20 01
    select,  // 20 02
    read,  // 30 01: text and photo
    presence,  // 30 03: the appended address; asked only to learn whether the card that was read is still there
};

namespace sam_status {
inline constexpr std::uint8_t success = 0x90;
inline constexpr std::uint8_t found = 0x9F;
inline constexpr std::uint8_t no_card = 0x80;
inline constexpr std::uint8_t not_on_card = 0x91;
}  // namespace sam_status

// What a status means for the session, apart from success.
enum class SamTrouble : std::uint8_t {
    none,
    request_lost,  // 10, 11: our request arrived damaged
    unsupported,  // 21, 23, 24
    cannot_work,  // 60, 66: permanent
    card,  // everything else is about the card
};

struct SamExchange {
    SamRequest request;
    milliseconds timeout;  // from the request to the end of the reply
};
SamExchange exchange_of(SamCommand command);

SamTrouble trouble_of(std::uint8_t status);

// Whether `reply` can be the answer to `command`, by status and length. What cannot is a late answer to an earlier
// request.
bool answers(SamCommand command, const SamReply& reply);

// What a person is told when select or read failed with `status`.
Outcome refusal_of(std::uint8_t status);

// True if the SAM should be reset before the next attempt: it said that reading failed (41, 47), not why.
bool wants_reset(std::uint8_t status);

// The SAM id (16 bytes, little-endian) as it is printed on the reader, e.g. 05.03-20230101-0007654321-1234567890.
std::string format_sam_id(std::span<const std::byte> id);

// The text block and nothing else of a good reply to `read`; empty if its length words do not add up.
std::span<const std::byte> text_of_read(const SamReply& reply);

}  // namespace yizhan
