// Who may do what. Private to firmware/control.
#pragma once

#include <optional>
#include <string_view>

#include "firmware/control/server.h"

namespace yizhan {

// read: everybody who may do anything. uplink and maintenance: exactly those, neither stands above the other.
bool permits(Right have, Right needed);

std::string_view role_name(Right right);
std::optional<Right> right_from_role(std::string_view role);  // none is no role

// What hello may make of a right. Maintenance may speak as the uplink (and then changes nothing).
bool may_lower(Right from, Right to);

}  // namespace yizhan
