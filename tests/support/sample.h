// How large a sample a test takes: the usual one, or the one of tools/test --full. Says which.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace yizhan::testing {

inline int sample(const char* of_what, int usual, int full) {
    const bool whole = std::getenv("YIZHAN_FULL") != nullptr;
    std::printf("sample: %d %s\n", whole ? full : usual, of_what);
    return whole ? full : usual;
}

}  // namespace yizhan::testing
