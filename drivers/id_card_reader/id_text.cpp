#include "drivers/id_card_reader/id_text.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "hal/fixed_vector.h"

namespace yizhan {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

using Block = std::span<const std::byte, id_text_size>;

struct Field {
    std::size_t offset;  // in bytes
    std::size_t size;
};

struct Layout {
    CredentialKind kind;
    std::size_t number_length;  // in characters
    Field number;
    Field sex;
    Field birth;
    // Whether the number holds date of birth and check digit, and whether its parity must tell the sex. For 'Y' the
    // latter rests on no source good enough to turn a person away for.
    bool number_tells_birth;
    bool number_tells_sex;
};

// The same in all four.
constexpr Field discriminator{248, 2};
constexpr Field valid_from{188, 16};
constexpr Field valid_to{204, 16};

constexpr Layout resident_layout{CredentialKind::resident_id, 18, {122, 36}, {30, 2}, {36, 16}, true, true};
constexpr Layout hmt_layout{CredentialKind::hmt_permit, 18, {122, 36}, {30, 2}, {36, 16}, true, true};
constexpr Layout foreigner_2023_layout{CredentialKind::foreigner_pr, 18, {122, 36}, {30, 2}, {36, 16}, true, false};
constexpr Layout foreigner_2017_layout{CredentialKind::foreigner_pr, 15, {122, 30}, {120, 2}, {220, 16}, false, false};

constexpr std::size_t longest_field = 18;  // of those that are read

// Characters of one field without the blanks and zeros around them; wiped when it dies.
class FieldText {
 public:
    FieldText(Block block, Field field) {
        for (std::size_t i = field.offset; i < field.offset + field.size; i += 2) {
            units_.push_back(static_cast<char16_t>(std::to_integer<unsigned>(block[i]) |
                                                   std::to_integer<unsigned>(block[i + 1]) << 8));
        }
        const auto padding = [](char16_t unit) { return unit == u' ' || unit == u'\0'; };
        end_ = units_.size();
        while (end_ > 0 && padding(units_[end_ - 1])) --end_;
        while (begin_ < end_ && padding(units_[begin_])) ++begin_;
    }
    FieldText(const FieldText&) = delete;
    FieldText& operator=(const FieldText&) = delete;
    ~FieldText() {
        for (char16_t& unit : units_) *static_cast<volatile char16_t*>(&unit) = 0;
    }
    std::u16string_view text() const {
        return std::u16string_view(units_.begin(), units_.size()).substr(begin_, end_ - begin_);
    }

 private:
    FixedVector<char16_t, longest_field> units_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

// An ID number in plain characters; wiped when it dies.
class NumberText {
 public:
    NumberText() = default;
    NumberText(const NumberText&) = delete;
    NumberText& operator=(const NumberText&) = delete;
    ~NumberText() {
        for (char& character : characters_) *static_cast<volatile char*>(&character) = 0;
    }
    // False if it is not `length` digits and letters.
    bool assign(std::u16string_view text, std::size_t length) {
        if (text.size() != length || length > characters_.size()) return false;
        size_ = length;
        for (std::size_t i = 0; i < length; ++i) {
            char16_t unit = text[i];
            if (unit >= u'a' && unit <= u'z') unit = static_cast<char16_t>(unit - u'a' + u'A');
            if (!(unit >= u'0' && unit <= u'9') && !(unit >= u'A' && unit <= u'Z')) return false;
            characters_[i] = static_cast<char>(unit);
        }
        return true;
    }
    std::string_view text() const { return {characters_.data(), size_}; }

 private:
    std::array<char, longest_field> characters_{};
    std::size_t size_ = 0;
};

constexpr bool is_digit(char16_t c) { return c >= u'0' && c <= u'9'; }

// YYYYMMDD, a day that exists.
std::optional<year_month_day> parse_date(std::u16string_view text) {
    if (text.size() != 8) return std::nullopt;
    int value = 0;
    for (const char16_t c : text) {
        if (!is_digit(c)) return std::nullopt;
        value = value * 10 + (c - u'0');
    }
    const year_month_day date{std::chrono::year{value / 10000},
                              std::chrono::month{static_cast<unsigned>(value / 100 % 100)},
                              std::chrono::day{static_cast<unsigned>(value % 100)}};
    if (!date.ok()) return std::nullopt;
    return date;
}

Day to_day(year_month_day date) {
    const std::int64_t day = sys_days{date}.time_since_epoch().count() - day_zero;
    if (day < first_day) return first_day;
    // The last value means "long term", which a date is not.
    return day >= no_last_day ? static_cast<Day>(no_last_day - 1) : static_cast<Day>(day);
}

std::optional<DayRange> parse_validity(Block block) {
    const FieldText from_text(block, valid_from);
    const FieldText to_text(block, valid_to);
    const auto from = parse_date(from_text.text());
    if (!from) return std::nullopt;
    if (to_text.text() == u"\u957F\u671F") return DayRange{to_day(*from), no_last_day};  // 长期, long term
    const auto to = parse_date(to_text.text());
    if (!to || sys_days{*to} < sys_days{*from}) return std::nullopt;
    return DayRange{to_day(*from), to_day(*to)};
}

const Layout* layout_of(Block block) {
    const FieldText type(block, discriminator);
    if (type.text().empty()) return &resident_layout;
    switch (type.text().front()) {
        case u'I':
            return &foreigner_2017_layout;
        case u'J':
            return &hmt_layout;
        case u'Y':
            return &foreigner_2023_layout;
        default:
            return nullptr;
    }
}

// GB/T 2261.1: 0 unknown, 1 male, 2 female, 9 not stated. An odd sequence number is a man's.
bool sex_agrees(std::u16string_view sex, std::string_view number) {
    if (sex.size() != 1) return false;
    if (sex == u"0" || sex == u"9") return true;
    if (sex != u"1" && sex != u"2") return false;
    const bool odd = (number[16] - '0') % 2 == 1;
    return odd == (sex == u"1");
}

bool birth_agrees(std::u16string_view birth, std::string_view number) {
    for (std::size_t i = 0; i < birth.size(); ++i) {
        if (static_cast<char16_t>(number[6 + i]) != birth[i]) return false;
    }
    return true;
}

}  // namespace

bool id_number_adds_up(std::string_view number) {
    constexpr std::array<int, 17> weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    constexpr std::string_view check = "10X98765432";
    if (number.size() != weights.size() + 1) return false;
    int sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (number[i] < '0' || number[i] > '9') return false;
        sum += (number[i] - '0') * weights[i];
    }
    return number.back() == check[static_cast<std::size_t>(sum % 11)];
}

std::expected<IdText, Outcome> parse_id_text(Block block) {
    const auto damaged = std::unexpected(Outcome::card_damaged);
    const Layout* const layout = layout_of(block);
    if (layout == nullptr) return damaged;

    NumberText number;
    const FieldText number_text(block, layout->number);
    if (!number.assign(number_text.text(), layout->number_length)) return damaged;
    if (layout->number_tells_birth && !id_number_adds_up(number.text())) return damaged;

    const FieldText birth(block, layout->birth);
    if (!parse_date(birth.text())) return damaged;
    if (layout->number_tells_birth && !birth_agrees(birth.text(), number.text())) return damaged;

    const FieldText sex(block, layout->sex);
    if (layout->number_tells_sex && !sex_agrees(sex.text(), number.text())) return damaged;

    const auto validity = parse_validity(block);
    if (!validity) return damaged;
    return IdText{Credential(layout->kind, number.text()), *validity};
}

}  // namespace yizhan
