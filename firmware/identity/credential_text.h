// Credentials as people write them in a member file: a prefix for the kind, then the number. The bytes that come out
// are exactly those the drivers give for that card, or the digests would never meet.
//
//   id:<18 characters>             resident identity card                  ASCII, upper case
//   pr:<15 or 18 characters>       foreigner's permanent-residence card    ASCII, upper case
//   hmt:<18 characters>            residence permit, HK, Macao, Taiwan     ASCII, upper case
//   wiegand26:<facility>-<card>    or the 24 bits as one number            3 bytes
//   wiegand34:<number>             32 bits                                 4 bytes
//   wiegand37:<number>             35 bits                                 5 bytes, the first five bits zero
//   uid:<hex>                      contactless card: 4, 7, 8 or 10 bytes   as written
//   text:<text>                    keyboard reader or QR code              UTF-8, 1 to 64 bytes, as written
//
// Wiegand payloads are without their parity bits, most significant bit first. Numbers are decimal, or hex after 0x.
#pragma once

#include <string_view>

#include "hal/credential.h"
#include "hal/error.h"

namespace yizhan {

// The error shows no part of `text`.
Result<Credential> credential_from_text(std::string_view text);

}  // namespace yizhan
