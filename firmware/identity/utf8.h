#pragma once

#include <string_view>

namespace yizhan {

// Well-formed UTF-8 without NUL (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text);

}  // namespace yizhan
