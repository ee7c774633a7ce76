#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hal/error.h"

namespace yizhan {

// In a text, from 1; columns count characters.
struct Position {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    auto operator<=>(const Position&) const = default;
};

// Everything that is wrong with one file.
class ErrorList {
 public:
    explicit ErrorList(std::string_view file) : file_(file) {}

    void add(Position at, std::string what, std::string cure);
    bool empty() const { return errors_.empty(); }
    std::string place(Position at) const;  // "file:line:column"
    // In the order of the file, each "file:line:column: what".
    std::vector<Error> in_order() const;

 private:
    struct Placed {
        Position at;
        Error error;
    };
    std::string file_;
    std::vector<Placed> errors_;
};

// A word from the file as messages show it: in quotes, cut short, nothing that could upset a terminal.
std::string quoted(std::string_view word);

}  // namespace yizhan
