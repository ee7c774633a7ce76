// Comma-separated values (RFC 4180) from a file of any length, one record at a time: UTF-8, with or without byte order
// mark, lines ending in LF or CRLF, quoted fields that may hold commas, line breaks and doubled quotes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hal/error.h"
#include "hal/file.h"

namespace yizhan {

struct CsvRecord {
    std::uint32_t line = 0;  // on which it begins, from 1
    std::string_view fault;  // why its fields cannot be trusted; empty where all is well
    std::vector<std::string_view> fields;  // valid until the next record; empty for an empty line
};

// Memory is bounded and wiped at the end, for a field may hold an ID number. No error shows what is in a field.
class CsvReader {
 public:
    static constexpr std::size_t max_record_size = 16 * 1024;
    static constexpr std::size_t max_fields = 64;

    explicit CsvReader(File& file);
    CsvReader(const CsvReader&) = delete;
    CsvReader& operator=(const CsvReader&) = delete;
    ~CsvReader();

    // False at the end. An error ends the reading: the file cannot be read, is not UTF-8, or a quote never closes.
    Result<bool> next(CsvRecord& record);

 private:
    enum class Place : std::uint8_t { field_start, unquoted, quoted, after_quote };

    Result<bool> fill();
    Result<bool> read_record(CsvRecord& record);
    void take(char c, CsvRecord& record);
    void end_field(CsvRecord& record);

    File& file_;
    std::uint64_t offset_ = 0;  // in the file, of what fill() reads next
    std::vector<char> buffer_;
    std::size_t at_ = 0;
    std::size_t have_ = 0;
    std::uint32_t line_ = 1;
    Place place_ = Place::field_start;
    std::string text_;  // the record's fields, one after the other
    std::array<std::size_t, max_fields> ends_{};  // in text_
    std::size_t fields_ = 0;
};

}  // namespace yizhan
