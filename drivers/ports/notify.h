// What the service manager is told (Type=notify). Without a service manager nothing happens, and nothing depends on it.
#pragma once

#include <string_view>

namespace yizhan {

void notify_ready();
// One line for `systemctl status`; cut at a line break.
void notify_status(std::string_view line);
void notify_stopping();

}  // namespace yizhan
