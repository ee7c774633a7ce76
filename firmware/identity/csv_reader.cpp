#include "firmware/identity/csv_reader.h"

#include <openssl/crypto.h>

#include "firmware/identity/utf8.h"

namespace yizhan {
namespace {

constexpr std::size_t csv_buffer_size = 64 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(File& file) : file_(file), buffer_(csv_buffer_size) {
    text_.reserve(max_record_size);  // never grows, so no copy stays behind
}

CsvReader::~CsvReader() {
    OPENSSL_cleanse(buffer_.data(), buffer_.size());
    text_.resize(max_record_size);
    OPENSSL_cleanse(text_.data(), text_.size());
}

Result<bool> CsvReader::fill() {
    const auto got = file_.read(offset_, std::as_writable_bytes(std::span(buffer_)));
    if (!got) return std::unexpected(got.error());
    at_ = 0;
    have_ = *got;
    if (offset_ == 0 && std::string_view(buffer_.data(), have_).starts_with(byte_order_mark)) {
        at_ = byte_order_mark.size();
    }
    offset_ += have_;
    return have_ > 0;
}

void CsvReader::end_field(CsvRecord& record) {
    place_ = Place::field_start;
    if (fields_ == max_fields) {
        record.fault = "more fields than any record may have";
        return;
    }
    ends_[fields_++] = text_.size();
}

// Anything but the end of the record.
void CsvReader::take(char c, CsvRecord& record) {
    if (place_ == Place::quoted) {
        if (c == '"') {
            place_ = Place::after_quote;
        } else {
            text_ += c;
        }
        return;
    }
    if (c == ',') {
        end_field(record);
        return;
    }
    if (c == '"' && place_ == Place::field_start) {
        place_ = Place::quoted;
        return;
    }
    if (place_ == Place::after_quote) {
        if (c == '"') {  // a doubled quote stands for one
            place_ = Place::quoted;
            text_ += c;
        } else if (c != '\r') {
            record.fault = "text after a closing quote";
        }
        return;
    }
    // A quote within an unquoted field stands for itself.
    place_ = Place::unquoted;
    text_ += c;
}

Result<bool> CsvReader::read_record(CsvRecord& record) {
    bool any = false;
    for (;;) {
        if (at_ == have_) {
            const auto more = fill();
            if (!more) return std::unexpected(more.error());
            if (!*more) break;
        }
        const char c = buffer_[at_++];
        any = true;
        if (c == '\n') ++line_;
        if (c == '\n' && place_ != Place::quoted) break;
        if (text_.size() == max_record_size) {
            return failure(file_.name() + ":" + std::to_string(record.line) + ": a record of more than " +
                               std::to_string(max_record_size) + " bytes",
                           "look for a quote that does not close in this line");
        }
        take(c, record);
    }
    if (place_ == Place::quoted) {
        return failure(file_.name() + ":" + std::to_string(record.line) + ": a quote does not close",
                       "close the quote in this line, or write it twice where it belongs to the text");
    }
    return any;
}

Result<bool> CsvReader::next(CsvRecord& record) {
    record.line = line_;
    record.fault = {};
    record.fields.clear();
    text_.clear();
    fields_ = 0;
    place_ = Place::field_start;
    const auto any = read_record(record);
    if (!any || !*any) return any;
    if (place_ == Place::unquoted && text_.ends_with('\r')) text_.pop_back();
    if (!is_utf8(text_)) {
        return failure(file_.name() + ":" + std::to_string(record.line) + ": not UTF-8 text",
                       "save the table as \"CSV UTF-8\"");
    }
    if (fields_ == 0 && text_.empty() && place_ != Place::after_quote) return true;  // an empty line
    end_field(record);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < fields_; ++i) {
        record.fields.push_back(std::string_view(text_).substr(begin, ends_[i] - begin));
        begin = ends_[i];
    }
    return true;
}

}  // namespace yizhan
