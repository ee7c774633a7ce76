#include "firmware/identity/id_number.h"

#include <algorithm>
#include <array>

#include "firmware/identity/calendar_date.h"

namespace yizhan {
namespace {

constexpr std::size_t id_number_size = 18;
constexpr int first_birth_year = 1800;

bool is_id_digit(char c) { return c >= '0' && c <= '9'; }

char id_check_character(std::string_view first_17) {
    constexpr std::array<int, 17> weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * (first_17[i] - '0');
    return "10X98765432"[sum % 11];
}

// What all numbers of 18 characters have in common.
std::string_view fault_of_pattern(std::string_view number) {
    if (number.size() != id_number_size) return "not 18 characters";
    const auto digits = number.substr(0, 17);
    if (!std::ranges::all_of(digits, is_id_digit)) return "one of the first 17 characters is not a digit";
    if (number.back() != id_check_character(digits)) return "the check digit does not fit";
    const auto birth = calendar_date(number.substr(6, 4), number.substr(10, 2), number.substr(12, 2));
    if (!birth || birth->year() < std::chrono::year(first_birth_year)) return "the birth date is no date";
    return {};
}

// GB/T 2260, first level. 99 is nobody's: test cards have 999999.
bool is_province(std::string_view code) {
    constexpr std::string_view provinces =
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71";
    return provinces.find(code) != std::string_view::npos;
}

}  // namespace

std::string_view fault_of_resident_number(std::string_view number) {
    if (const auto fault = fault_of_pattern(number); !fault.empty()) return fault;
    const auto region = number.substr(0, 6);
    if (region == "999999") return {};
    if (region == "810000" || region == "820000" || region == "830000") {
        return "this is the number of a residence permit: write hmt: before it";
    }
    if (region.front() == '9') return "this is the number of a foreigner's card: write pr: before it";
    if (!is_province(region.substr(0, 2))) return "there is no such region";
    return {};
}

std::string_view fault_of_hmt_number(std::string_view number) {
    if (const auto fault = fault_of_pattern(number); !fault.empty()) return fault;
    const auto region = number.substr(0, 6);
    if (region != "810000" && region != "820000" && region != "830000") return "the region is not 810000 to 830000";
    return {};
}

std::string_view fault_of_pr_number(std::string_view number) {
    if (number.size() == 15) {
        const bool country = std::ranges::all_of(number.substr(0, 3), [](char c) { return c >= 'A' && c <= 'Z'; });
        const bool digits = std::ranges::all_of(number.substr(3), is_id_digit);
        return country && digits ? "" : "not three letters and 12 digits";
    }
    if (number.size() != id_number_size) return "neither 15 nor 18 characters";
    if (const auto fault = fault_of_pattern(number); !fault.empty()) return fault;
    if (number.front() != '9') return "a foreigner's number begins with 9";
    return {};
}

}  // namespace yizhan
