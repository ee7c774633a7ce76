#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "drivers/ports/unique_fd.h"
#include "hal/error.h"

namespace yizhan {

// A member file that grows by the cards of an enrolment: made with a header where there is none, otherwise the cards
// go into its column "credential". Each card once per enrolment, on the disk before add() returns.
class EnrolSheet {
 public:
    static Result<EnrolSheet> open(const std::string& path);
    // Of a member file's first line: where its credentials are, or an error.
    static Result<std::size_t> credential_column(const std::string& header, const std::string& path);

    // False if this enrolment has noted the card before. `credential` as the station gives it.
    Result<bool> add(const std::string& credential);
    std::size_t cards() const { return noted_.size(); }

 private:
    EnrolSheet(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
    Result<void> prepare();
    Result<void> write(const std::string& text);

    UniqueFd fd_;
    std::string path_;
    std::string before_;  // commas before and after the credential in a row
    std::string after_;
    std::set<std::string> noted_;
};

}  // namespace yizhan
