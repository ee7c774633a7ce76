#pragma once

#include <string>
#include <string_view>

namespace yizhan {

// Commands that change something are taken from the centre once they are signed; until then each gets this answer.
// `payload` comes from the network: anything.
std::string refuse_unsigned_command(std::string_view payload);

// A verb we would answer: [a-z0-9-]{1,32}.
bool is_command_verb(std::string_view verb);

}  // namespace yizhan
