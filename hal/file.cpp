#include "hal/file.h"

namespace yizhan {

Result<std::string> read_text(Files& files, const std::string& path, std::size_t limit) {
    auto file = files.open(path);
    if (!file) return std::unexpected(file.error());
    // Read until the end rather than trusting size(): a pipe or a credential file may not tell it.
    std::string text(limit + 1, '\0');
    std::size_t have = 0;
    while (have < text.size()) {
        const auto got = (*file)->read(have, std::as_writable_bytes(std::span(text)).subspan(have));
        if (!got) return std::unexpected(got.error());
        if (*got == 0) break;
        have += *got;
    }
    if (have > limit) {
        return failure(path + ": larger than " + std::to_string(limit) + " bytes", "check that this is the right file");
    }
    text.resize(have);
    return text;
}

}  // namespace yizhan
