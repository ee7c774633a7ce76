#pragma once

#include <string>
#include <vector>

#include "firmware/settings/error_list.h"

namespace yizhan {

// What only one thing may have: a GPIO line, a port, a name among its kind.
class Claims {
 public:
    // `thing` opens the message if it is claimed twice ("two things on one line, …"), `by` says who claims it here
    // (empty where that goes without saying).
    void add(std::string thing, std::string by, Position at) {
        claims_.push_back({std::move(thing), std::move(by), at});
    }
    // An error for every claim but the first one, in the order of the file, naming that one too.
    void report(ErrorList& errors);

 private:
    struct Claim {
        std::string thing;
        std::string by;
        Position at;
        auto operator<=>(const Claim&) const = default;
    };
    std::vector<Claim> claims_;
};

}  // namespace yizhan
