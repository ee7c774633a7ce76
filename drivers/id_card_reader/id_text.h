// The text block of an ID card (GA/T 490, as the SAM_A hands it out): 256 bytes, UTF-16LE, fields padded with blanks.
// Four layouts, told apart by the code unit at 248: ' ' resident, 'I' foreigner's permanent residence (2017),
// 'Y' the same (from December 2023), 'J' Hong Kong/Macao/Taiwan residence permit.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string_view>

#include "hal/credential.h"
#include "hal/outcome.h"
#include "hal/time.h"

namespace yizhan {

inline constexpr std::size_t id_text_size = 256;

// All that ever leaves the block. Name, address, authority and photo are not even looked at, so nothing in them (a
// rare name outside the BMP, private-use characters, stray controls) can make a card fail.
struct IdText {
    Credential credential;  // the number, its X in upper case
    DayRange validity;  // days before 2000 are day 0, "长期" (long term) is no_last_day
};

// Checks what a card says about itself: characters, real calendar days, order of the validity, and for numbers of 18
// characters the check digit and the date of birth (resident and 'J': also the sex). What does not add up is
// Outcome::card_damaged. No allocation.
std::expected<IdText, Outcome> parse_id_text(std::span<const std::byte, id_text_size> block);

// True if `number` is 17 digits and their check character (GB 11643, ISO 7064 MOD 11-2), X in upper case.
bool id_number_adds_up(std::string_view number);

}  // namespace yizhan
