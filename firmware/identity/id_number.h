// Citizen identity numbers (GB 11643-1999) and the numbers of other cards that follow its pattern: 6 digits region,
// 8 digits birth date, 3 digits sequence, one check character (ISO 7064 MOD 11-2, '0' to '9' or 'X').
#pragma once

#include <string_view>

namespace yizhan {

// Why `number` (upper case) cannot be one, as a phrase without any part of it; empty if it can.
std::string_view fault_of_resident_number(std::string_view number);  // resident identity card
std::string_view fault_of_hmt_number(std::string_view number);  // residence permit, Hong Kong, Macao, Taiwan
std::string_view fault_of_pr_number(std::string_view number);  // foreigner's card, 15 (2017) or 18 characters (2023)

}  // namespace yizhan
