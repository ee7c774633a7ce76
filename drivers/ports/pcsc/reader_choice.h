#pragma once

#include <string>
#include <vector>

#include "hal/error.h"

namespace yizhan {

// The one reader that is called so, or whose name contains it; otherwise why there is not one.
Result<std::string> choose_reader(const std::string& wanted, const std::vector<std::string>& readers);

}  // namespace yizhan
