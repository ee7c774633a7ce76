// A command of the centre, signed by one of the keys of the station's signer set.
//
//   {"command": TEXT, "signature": HEX, "signer": N}
//   TEXT, in canonical form: {"arguments": {...}, "expires": ms, "id": "…", "not_before": ms, "sequence": N,
//                             "signer": N, "station": "…", "verb": "door"}
//   signature: of bytes_to_sign("command", TEXT), by the key with number N
//
// `verb` and `arguments` are those of the control socket (firmware/control/protocol.h). Times are ms since 1970.
// `sequence` rises strictly from one command of a key to its next; the time in ms does, and needs no memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "firmware/identity/mandate.h"
#include "firmware/identity/signer_set.h"
#include "hal/outcome.h"
#include "hal/time.h"

namespace yizhan {

struct SignedCommand {
    Mandate mandate;
    std::string station;
    std::string id;  // 1 to 64 bytes, comes back in the reply
    std::string verb;
    std::string arguments = "{}";  // of the verb: an object, in canonical form
};

// Whatever it holds, it fits into a line of the control socket.
inline constexpr std::size_t signed_command_limit = std::size_t{8} * 1024;
// A door must not open days later because a broker kept the order.
inline constexpr std::chrono::hours longest_mandate{24};

struct CommandFlaw {
    Outcome why = Outcome::none;
    std::uint32_t signer = 0;  // whose signature is right; 0: nobody's
};

// What does not depend on what was before: form, signer, signature, station, length of life. `payload` may be anything.
std::expected<SignedCommand, CommandFlaw> open_command(std::string_view payload, const SignerSet& signers,
                                                       std::string_view station);

// For the centre's tool.
std::string text_of(const SignedCommand& command);
std::string signed_document(std::string_view text, std::uint32_t signer, const Signature& signature);

}  // namespace yizhan
