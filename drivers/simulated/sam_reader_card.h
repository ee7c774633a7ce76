// ID cards for the simulated reader: all of them invented, in region 999999 that nobody lives in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yizhan::simulated {

using IdTextBlock = std::array<std::byte, 256>;

// A card as its fields (GA/T 490); kinds with fewer fields ignore the rest. Anything may be written into them, right or
// wrong: the reader under test has to cope. Longer text than a field holds is cut.
struct SimulatedCard {
    char16_t kind = u' ';  // ' ' resident, 'I' and 'Y' foreigner's permanent residence, 'J' residence permit
    std::u16string name = u"测试甲";
    std::u16string sex = u"1";  // 1 male, 2 female
    std::u16string nation = u"01";  // 'Y': renewal count
    std::u16string birth = u"19700101";
    std::u16string address = u"测试省样例市虚构区一号";  // 'I', 'Y': the name in Latin letters
    std::u16string number = u"999999197001011239";
    std::u16string authority = u"样例市公安局虚构分局";
    std::u16string valid_from = u"20200101";
    std::u16string valid_to = u"长期";
    std::u16string pass_number;  // 'J'
    std::u16string issue_count;  // 'J'; 'I': version
    std::u16string nationality = u"UTO";  // 'I', 'Y'
    std::u16string authority_code;  // 'I'
    // Replaces what the fields make, for text no field can hold.
    std::vector<std::byte> raw_text;

    // Beside the text block.
    std::vector<std::u16string> new_addresses;  // up to 4, of up to 35 characters
    std::uint16_t fingerprint_bytes = 0;  // 0, 512 or 1024
    // What select and read end with, where this card cannot be read (0x41, 0x33 …). 0: it can.
    std::uint8_t select_fails = 0;
    std::uint8_t read_fails = 0;

    IdTextBlock text() const;
};

// 18 characters: region 999999, the date of birth (YYYYMMDD) and a sequence number below 1000, with its check
// character. An odd sequence number is a man's.
std::string synthetic_number(std::string_view birth, unsigned sequence);
// The check character of 17 digits (GB 11643).
char check_character(std::string_view digits);

// Valid cards, told apart by birth date and sequence number. Dates are YYYYMMDD; an empty `valid_to` is long term.
SimulatedCard resident_card(std::string_view birth, unsigned sequence, std::string_view valid_from = "20200101",
                            std::string_view valid_to = "");
SimulatedCard foreigner_card_2017();
SimulatedCard foreigner_card_2023();
SimulatedCard residence_permit();

}  // namespace yizhan::simulated
