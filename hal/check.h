// Checks for programmer errors. They stay on in every build and stop the program: a controller that goes on
// after its own logic failed is worse than one that restarts with all outputs safe.
#pragma once

namespace yizhan {

// Prints place and expression (never a value: values may be personal) and aborts.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace yizhan

#define YZ_CHECK(expression) \
    ((expression) ? static_cast<void>(0) : ::yizhan::check_failed(#expression, __FILE__, __LINE__))
