#pragma once

namespace yizhan {

// What scripts may rely on.
enum class ExitCode {
    ok = 0,
    failed = 1,
    usage = 2,
    unreachable = 3,  // no station at the socket, or it does not answer
    not_permitted = 4,
    degraded = 5,  // status: it works, and something is wrong with it; log verify: a record was changed
};

}  // namespace yizhan
