#include "firmware/identity/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "firmware/identity/utf8.h"
#include "tests/unit/identity/memory_file.h"

namespace yizhan {
namespace {

using ::testing::HasSubstr;
using Rows = std::vector<std::vector<std::string>>;

struct Outcome {
    Rows rows;
    std::vector<std::uint32_t> lines;
    std::vector<std::string> faults;
    std::string error;
};

Outcome read(std::string_view text, std::size_t most_per_read = SIZE_MAX) {
    testing::MemoryFile file(text);
    file.most_per_read = most_per_read;
    CsvReader reader(file);
    Outcome outcome;
    CsvRecord record;
    for (;;) {
        const auto any = reader.next(record);
        if (!any) outcome.error = any.error().what;
        if (!any || !*any) return outcome;
        outcome.rows.emplace_back(record.fields.begin(), record.fields.end());
        outcome.lines.push_back(record.line);
        outcome.faults.emplace_back(record.fault);
    }
}

TEST(CsvReader, ReadsWhatSpreadsheetsWrite) {
    EXPECT_EQ(read("a,b\n1,2\n").rows, (Rows{{"a", "b"}, {"1", "2"}}));
    EXPECT_EQ(read("a,b\r\n1,2\r\n").rows, (Rows{{"a", "b"}, {"1", "2"}}));
    EXPECT_EQ(read("a,b\n1,2").rows, (Rows{{"a", "b"}, {"1", "2"}}));
    EXPECT_EQ(read("a,b\r\n1,2\r").rows, (Rows{{"a", "b"}, {"1", "2"}}));
    EXPECT_EQ(read("\xEF\xBB\xBF"
                   "a,b\n")
                  .rows,
              (Rows{{"a", "b"}}));
    EXPECT_EQ(read(",\n").rows, (Rows{{"", ""}}));
    EXPECT_EQ(read("a,\r\n").rows, (Rows{{"a", ""}}));
    EXPECT_EQ(read("\"a,\"\"b\"\"\",c\n").rows, (Rows{{"a,\"b\"", "c"}}));
    EXPECT_EQ(read("\"a\"\r\n\"\"\r\n").rows, (Rows{{"a"}, {""}}));
    EXPECT_EQ(read("a \"quoted\" word,b\n").rows, (Rows{{"a \"quoted\" word", "b"}}));
    EXPECT_EQ(read("驿站,é\n").rows, (Rows{{"驿站", "é"}}));
    EXPECT_EQ(read("").rows, Rows{});
    EXPECT_EQ(read("\n\r\na\n").rows, (Rows{{}, {}, {"a"}}));
}

TEST(CsvReader, CountsLinesThroughQuotedLineBreaks) {
    const auto outcome = read("h\n\n\"one\r\ntwo\nthree\"\nlast\n");
    EXPECT_EQ(outcome.rows, (Rows{{"h"}, {}, {"one\r\ntwo\nthree"}, {"last"}}));
    EXPECT_EQ(outcome.lines, (std::vector<std::uint32_t>{1, 2, 3, 6}));
}

TEST(CsvReader, GoesOnAfterARecordItCannotTrust) {
    EXPECT_EQ(read("\"a\" b,c\nd\n").faults, (std::vector<std::string>{"text after a closing quote", ""}));
    const auto wide = read(std::string(64, ',') + "\nd\n");
    EXPECT_EQ(wide.faults, (std::vector<std::string>{"more fields than any record may have", ""}));
    EXPECT_EQ(wide.rows[0].size(), CsvReader::max_fields);
    EXPECT_EQ(read(std::string(63, ',') + "\n").faults, (std::vector<std::string>{""}));
}

TEST(CsvReader, EndsWhereTheRestCannotBeToldFromACell) {
    EXPECT_THAT(read("a\n\"b\nc\n").error, HasSubstr("members.csv:2: a quote does not close"));
    EXPECT_THAT(read("a\n\"" + std::string(20000, 'x')).error, HasSubstr("members.csv:2: a record of more than"));
    EXPECT_EQ(read(std::string(CsvReader::max_record_size, 'x') + "\n").error, "");
}

TEST(CsvReader, EndsWhereTheTextIsNotUtf8) {
    EXPECT_THAT(read("a\n\xC4\xE3\xBA\xC3\n").error, HasSubstr("members.csv:2: not UTF-8"));  // GBK
    EXPECT_THAT(read(std::string_view("\xFF\xFE"
                                      "a\0",
                                      4))
                    .error,
                HasSubstr("not UTF-8"));  // UTF-16
    EXPECT_THAT(read(std::string_view("a\0b\n", 4)).error, HasSubstr("not UTF-8"));
}

TEST(CsvReader, SaysSoWhenTheFileCannotBeRead) {
    testing::MemoryFile file("a\nb\n");
    file.most_per_read = 2;
    file.fails_from = 2;
    CsvReader reader(file);
    CsvRecord record;
    EXPECT_TRUE(reader.next(record).value());
    EXPECT_EQ(reader.next(record).error().what, "members.csv: input/output error");
}

RC_GTEST_PROP(CsvReader, ReadsTheSameInAnyPieces, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::element('a', ',', '"', '\n', '\r', ' '));
    const auto pieces = *rc::gen::inRange<std::size_t>(3, 9);
    const auto whole = read(text);
    const auto split = read(text, pieces);
    RC_ASSERT(whole.rows == split.rows);
    RC_ASSERT(whole.lines == split.lines);
    RC_ASSERT(whole.faults == split.faults);
    RC_ASSERT(whole.error == split.error);
}

RC_GTEST_PROP(CsvReader, ReadsBackWhatWasWrittenQuoted, ()) {
    const auto cell = rc::gen::container<std::string>(rc::gen::element('a', ',', '"', '\n', '\r', ' '));
    const auto cells = rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(cell));
    // Small, or three nested containers grow to megabytes.
    const auto rows = *rc::gen::resize(10, rc::gen::container<Rows>(cells));
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            text += i == 0 ? "\"" : ",\"";
            for (const char c : row[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
            text += '"';
        }
        text += '\n';
    }
    RC_ASSERT(read(text).rows == rows);
}

RC_GTEST_PROP(CsvReader, NeverReadsBeyondOrHangsOnAnyBytes, (std::vector<std::uint8_t> bytes)) {
    const std::string text(bytes.begin(), bytes.end());
    const auto outcome = read(text);
    RC_ASSERT(outcome.rows.size() <= text.size() + 1);
}

TEST(Utf8, IsWhatRfc3629Says) {
    for (const auto* const good : {"", "a", "é", "驿", "𠮷", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"}) {
        EXPECT_TRUE(is_utf8(good)) << good;
    }
    for (const auto* const bad :
         {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE9\xA9", "\xE9\xA9x", "\xC3x"}) {
        EXPECT_FALSE(is_utf8(bad));
    }
    EXPECT_FALSE(is_utf8(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace yizhan
