// Bytes in any split -> lines, with bounds. Knows nothing of JSON.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace yizhan {

struct Line {
    std::string text;  // without its newline
    bool too_long = false;  // longer than the limit; the text is not kept
};

class LineReader {
 public:
    // A client may send ahead of what is handled, but not without end.
    static constexpr std::size_t waiting_bytes_limit = std::size_t{256} * 1024;
    static constexpr std::size_t waiting_lines_limit = 256;

    // False if more waits than the limits allow: give up on this client.
    [[nodiscard]] bool feed(std::string_view bytes);
    std::optional<Line> next();
    bool ready() const { return !lines_.empty(); }

 private:
    void append(std::string_view piece);

    std::deque<Line> lines_;
    std::size_t waiting_bytes_ = 0;
    Line partial_;
};

}  // namespace yizhan
