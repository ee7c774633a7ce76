#include "drivers/ports/random.h"

#include <sys/random.h>

#include <cerrno>

#include "hal/check.h"

namespace yizhan {

void SystemRandom::fill(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
        YZ_CHECK(got > 0 || (got < 0 && errno == EINTR));  // every kernel that runs this has it
        if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

}  // namespace yizhan
