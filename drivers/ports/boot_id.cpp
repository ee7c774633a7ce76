#include "drivers/ports/boot_id.h"

#include <systemd/sd-id128.h>

#include "hal/check.h"

namespace yizhan {

std::uint64_t boot_id() {
    sd_id128_t id{};
    YZ_CHECK(sd_id128_get_boot(&id) >= 0);  // /proc is missing: no system to run on
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8 | id.bytes[i];
    return number == 0 ? 1 : number;
}

}  // namespace yizhan
