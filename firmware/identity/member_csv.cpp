#include "firmware/identity/member_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "firmware/identity/calendar_date.h"
#include "firmware/identity/credential_text.h"
#include "firmware/identity/csv_reader.h"
#include "firmware/identity/member_list_format.h"
#include "firmware/identity/names.h"

namespace yizhan {
namespace {

enum class Column : std::uint8_t { credential, valid_from, valid_to, groups, flags, note };
constexpr std::array<std::string_view, 6> column_names{"credential", "valid_from", "valid_to",
                                                       "groups",     "flags",      "note"};
constexpr std::string_view columns_hint = "the columns are credential, valid_from, valid_to, groups, flags, note";

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// Calls `take(item)` for each item between semicolons, none for an empty cell; stops at the first error.
template <class Take>
Result<void> each_item(std::string_view cell, Take take) {
    if (cell.empty()) return {};
    for (;;) {
        const auto end = cell.find(';');
        if (const Result<void> ok = take(without_blanks(cell.substr(0, end))); !ok) return ok;
        if (end == std::string_view::npos) return {};
        cell.remove_prefix(end + 1);
    }
}

Result<Day> day_from_cell(std::string_view cell) {
    const bool shape = cell.size() == 10 && cell[4] == '-' && cell[7] == '-';
    const auto date = shape ? calendar_date(cell.substr(0, 4), cell.substr(5, 2), cell.substr(8, 2)) : std::nullopt;
    if (!date) return failure("not a date", "write it as YYYY-MM-DD, or leave it empty for no limit");
    const auto day = std::chrono::sys_days(*date).time_since_epoch().count() - day_zero;
    if (day < first_day || day >= no_last_day) {
        return failure("outside 2000-01-01 to 2179-06-05", "leave it empty for no limit");
    }
    return static_cast<Day>(day);
}

Result<std::uint16_t> flag_from_item(std::string_view item) {
    if (item == "denied") return static_cast<std::uint16_t>(MemberFlag::denied);
    if (item == "slow") return static_cast<std::uint16_t>(MemberFlag::slow);
    if (item == "staff") return static_cast<std::uint16_t>(MemberFlag::staff);
    return failure("an unknown flag", "the flags are denied, slow, staff, separated by semicolons");
}

// The bit of a group, noted in `groups` when it is new.
Result<GroupMask> group_from_item(std::string_view item, std::vector<std::string>& groups) {
    auto where = std::ranges::find(groups, item);
    if (where == groups.end()) {
        if (!is_group_name(item)) {
            return failure("not a group's name",
                           "write names of the settings' [[group]]s (a-z, 0-9, '-'), separated by semicolons");
        }
        if (groups.size() == max_groups) {
            return failure(fmt::format("more than {} different groups in the file", max_groups),
                           "a station knows at most that many");
        }
        where = groups.emplace(groups.end(), item);
    }
    return GroupMask{1} << (where - groups.begin());
}

class MemberCsvReading {
 public:
    MemberCsvReading(File& file, const CredentialDigest& digest, BoundedErrors& errors)
        : place_(file.name()), digest_(digest), errors_(errors), csv_(file) {}

    MemberCsv read() {
        if (!read_header()) return std::move(result_);
        while (next_record()) read_row();
        return std::move(result_);
    }

 private:
    void complain(std::string_view what, std::string_view cure) {
        errors_.add({fmt::format("{}:{}: {}", place_, record_.line, what), std::string(cure)});
    }
    void complain(Column column, const Error& error) {
        complain(fmt::format("{}: {}", column_names[static_cast<std::size_t>(column)], error.what), error.cure);
    }

    // The next record that holds something; false at the end or when the file cannot be read further.
    bool next_record() {
        for (;;) {
            const auto any = csv_.next(record_);
            if (!any) errors_.add(any.error());
            if (!any || !*any) return false;
            const bool blank = std::ranges::all_of(
                record_.fields, [](std::string_view field) { return without_blanks(field).empty(); });
            if (!blank || !record_.fault.empty()) return true;
        }
    }

    bool read_header() {
        if (!next_record()) {
            if (errors_.empty()) {
                errors_.add({place_ + ": empty", fmt::format("begin with a header row: {}", columns_hint)});
            }
            return false;
        }
        bool good = true;
        if (!record_.fault.empty()) {
            complain(record_.fault, "correct the header row");
            good = false;
        }
        for (const auto field : record_.fields) {
            const auto name = std::ranges::find(column_names, without_blanks(field));
            if (name == column_names.end()) {
                complain(fmt::format("header: column {} has no known name", columns_.size() + 1), columns_hint);
                good = false;
                columns_.push_back(Column::note);
                continue;
            }
            const auto column = static_cast<Column>(name - column_names.begin());
            if (std::ranges::find(columns_, column) != columns_.end() && column != Column::note) {
                complain(fmt::format("header: column '{}' is there twice", *name), "keep one of them");
                good = false;
            }
            columns_.push_back(column);
        }
        if (std::ranges::find(columns_, Column::credential) == columns_.end()) {
            complain("header: column 'credential' is missing", columns_hint);
            good = false;
        }
        return good;
    }

    void read_row() {
        ++result_.rows;
        if (!record_.fault.empty()) return complain(record_.fault, "write a quote within a cell twice");
        if (record_.fields.size() != columns_.size()) {
            return complain(fmt::format("{} cells, the header has {}", record_.fields.size(), columns_.size()),
                            "put quotes around a cell that holds a comma");
        }
        MemberRow row;
        row.line = record_.line;
        bool good = true;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const auto ok = read_cell(columns_[i], without_blanks(record_.fields[i]), row);
            if (ok) continue;
            complain(columns_[i], ok.error());
            good = false;
        }
        if (good && row.validity.from > row.validity.to) {
            good = false;
            complain(Column::valid_to, {"before valid_from", "correct one of the two days"});
        }
        if (!good) return;
        if (result_.table.rows.size() <= max_members)
            result_.table.rows.push_back(row);  // one more: the builder says so
    }

    Result<void> read_cell(Column column, std::string_view cell, MemberRow& row) {
        switch (column) {
            case Column::credential:
                return read_credential(cell, row);
            case Column::valid_from:
                return read_day(cell, row.validity.from);
            case Column::valid_to:
                return read_day(cell, row.validity.to);
            case Column::groups:
                return each_item(cell, [&](std::string_view item) -> Result<void> {
                    const auto bit = group_from_item(item, result_.table.groups);
                    if (!bit) return std::unexpected(bit.error());
                    row.groups |= *bit;
                    return {};
                });
            case Column::flags:
                return each_item(cell, [&](std::string_view item) -> Result<void> {
                    const auto flag = flag_from_item(item);
                    if (!flag) return std::unexpected(flag.error());
                    row.flags = static_cast<std::uint16_t>(row.flags | *flag);
                    return {};
                });
            case Column::note:
                break;
        }
        return {};
    }

    static Result<void> read_day(std::string_view cell, Day& out) {
        if (cell.empty()) return {};
        const auto day = day_from_cell(cell);
        if (!day) return std::unexpected(day.error());
        out = *day;
        return {};
    }

    Result<void> read_credential(std::string_view cell, MemberRow& row) {
        constexpr std::string_view digest_prefix = "digest:";
        if (cell.empty()) return failure("empty", "write a credential, or delete the row");
        if (cell.starts_with(digest_prefix)) {
            const auto id = credential_id_from_text(cell.substr(digest_prefix.size()));
            if (!id) return std::unexpected(id.error());
            if (id->key_id != digest_.key_id()) {
                return failure("this digest was made with another key",
                               "it is of use only for the station that enrolled it; enrol the card at this one");
            }
            row.digest = id->digest;
            return {};
        }
        const auto credential = credential_from_text(cell);
        if (!credential) return std::unexpected(credential.error());
        row.digest = digest_(*credential).digest;
        return {};
    }

    const std::string place_;
    const CredentialDigest& digest_;
    BoundedErrors& errors_;
    CsvReader csv_;
    CsvRecord record_;
    std::vector<Column> columns_;
    MemberCsv result_;
};

}  // namespace

MemberCsv read_member_csv(File& file, const CredentialDigest& digest, BoundedErrors& errors) {
    const auto size = file.size();
    if (!size) {
        errors.add(size.error());
        return {};
    }
    if (*size > max_member_csv_bytes) {
        errors.add({file.name() + ": larger than 4 GiB", "give each station only its own members"});
        return {};
    }
    return MemberCsvReading(file, digest, errors).read();
}

}  // namespace yizhan
