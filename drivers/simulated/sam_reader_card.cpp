#include "drivers/simulated/sam_reader_card.h"

#include <algorithm>

#include "hal/check.h"

namespace yizhan::simulated {
namespace {

void put_field(IdTextBlock& block, std::size_t offset, std::size_t size, std::u16string_view text) {
    for (std::size_t i = 0; i < std::min(size / 2, text.size()); ++i) {
        block[offset + 2 * i] = static_cast<std::byte>(text[i] & 0xFF);
        block[offset + 2 * i + 1] = static_cast<std::byte>(text[i] >> 8);
    }
}

std::u16string widen(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace

IdTextBlock SimulatedCard::text() const {
    IdTextBlock block{};
    if (!raw_text.empty()) {
        std::copy_n(raw_text.begin(), std::min(raw_text.size(), block.size()), block.begin());
        return block;
    }
    put_field(block, 0, block.size(), std::u16string(block.size() / 2, u' '));
    put_field(block, 188, 16, valid_from);
    put_field(block, 204, 16, valid_to);
    put_field(block, 248, 2, std::u16string(1, kind));
    if (kind == u'I') {
        put_field(block, 0, 120, address);
        put_field(block, 120, 2, sex);
        put_field(block, 122, 30, number);
        put_field(block, 152, 6, nationality);
        put_field(block, 158, 30, name);
        put_field(block, 220, 16, birth);
        put_field(block, 236, 4, issue_count);
        put_field(block, 240, 8, authority_code);
        return block;
    }
    put_field(block, 0, 30, name);
    put_field(block, 30, 2, sex);
    put_field(block, 32, 4, nation);
    put_field(block, 36, 16, birth);
    put_field(block, 52, 70, address);
    put_field(block, 122, 36, number);
    put_field(block, 158, 30, authority);
    if (kind == u'J') {
        put_field(block, 220, 18, pass_number);
        put_field(block, 238, 4, issue_count);
    }
    if (kind == u'Y') put_field(block, 242, 6, nationality);
    return block;
}

char check_character(std::string_view digits) {
    // The weights are the powers of two modulo 11, from 2^17 down to 2^1.
    YZ_CHECK(digits.size() == 17);
    unsigned sum = 0;
    for (const char digit : digits) {
        YZ_CHECK(digit >= '0' && digit <= '9');
        sum = (sum + static_cast<unsigned>(digit - '0')) * 2 % 11;
    }
    const unsigned check = (12 - sum) % 11;
    return check == 10 ? 'X' : static_cast<char>('0' + check);
}

std::string synthetic_number(std::string_view birth, unsigned sequence) {
    YZ_CHECK(birth.size() == 8 && sequence < 1000);
    const std::string padded = std::to_string(1000 + sequence).substr(1);
    std::string number = "999999" + std::string(birth) + padded;
    number += check_character(number);
    return number;
}

SimulatedCard resident_card(std::string_view birth, unsigned sequence, std::string_view valid_from,
                            std::string_view valid_to) {
    SimulatedCard card;
    card.birth = widen(birth);
    card.sex = sequence % 2 == 1 ? u"1" : u"2";
    card.number = widen(synthetic_number(birth, sequence));
    card.valid_from = widen(valid_from);
    if (!valid_to.empty()) card.valid_to = widen(valid_to);
    return card;
}

SimulatedCard foreigner_card_2017() {
    SimulatedCard card;
    card.kind = u'I';
    card.name = u"示例丙";
    card.address = u"SAMPLE, PERSON";
    card.sex = u"2";
    card.birth = u"19900101";
    card.number = u"ZZZ000000000000";
    card.valid_to = u"20300101";
    card.issue_count = u"01";
    card.authority_code = u"0000";
    return card;
}

SimulatedCard foreigner_card_2023() {
    SimulatedCard card;
    card.kind = u'Y';
    card.name = u"示例丁";
    card.nation = u"00";
    card.address = u"SAMPLE, PERSON";
    card.birth = u"18000307";
    card.number = u"999840180003070008";
    card.authority.clear();
    card.valid_from = u"20240101";
    card.valid_to = u"20340101";
    return card;
}

SimulatedCard residence_permit() {
    SimulatedCard card;
    card.kind = u'J';
    card.name = u"示例乙";
    card.sex = u"2";
    card.nation.clear();
    card.birth = u"18000101";
    card.address = u"测试省样例市虚构区二号";
    card.number = u"830000180001010020";
    card.authority = u"样例市公安局";
    card.valid_from = u"20240101";
    card.valid_to = u"20290101";
    card.pass_number = u"00000001";
    card.issue_count = u"01";
    return card;
}

}  // namespace yizhan::simulated
