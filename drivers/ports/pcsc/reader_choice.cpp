#include "drivers/ports/pcsc/reader_choice.h"

#include <algorithm>

namespace yizhan {
namespace {

std::string listed(const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "\"" : ", \"") + name + "\"";
    return list;
}

}  // namespace

Result<std::string> choose_reader(const std::string& wanted, const std::vector<std::string>& readers) {
    if (std::ranges::find(readers, wanted) != readers.end()) return wanted;
    std::vector<std::string> fitting;
    std::ranges::copy_if(readers, std::back_inserter(fitting),
                         [&](const std::string& name) { return name.contains(wanted); });
    if (fitting.size() == 1) return fitting.front();
    if (fitting.size() > 1) {
        return failure("more than one reader is called \"" + wanted + "\"",
                       "write more of the name in the settings: " + listed(fitting));
    }
    return failure("no reader is called \"" + wanted + "\"",
                   readers.empty() ? "none is there: plug it in" : "there is " + listed(readers));
}

}  // namespace yizhan
