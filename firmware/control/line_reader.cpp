#include "firmware/control/line_reader.h"

#include "firmware/control/protocol.h"

namespace yizhan {

bool LineReader::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        append(bytes.substr(0, end));
        if (end == std::string_view::npos) return true;
        bytes.remove_prefix(end + 1);
        waiting_bytes_ += partial_.text.size();
        if (lines_.size() >= waiting_lines_limit || waiting_bytes_ > waiting_bytes_limit) return false;
        lines_.push_back(std::move(partial_));
        partial_ = {};
    }
    return true;
}

void LineReader::append(std::string_view piece) {
    if (partial_.too_long) return;
    // The newline counts.
    if (partial_.text.size() + piece.size() >= control_line_limit) {
        partial_ = {.text = {}, .too_long = true};
        return;
    }
    partial_.text += piece;
}

std::optional<Line> LineReader::next() {
    if (lines_.empty()) return std::nullopt;
    Line line = std::move(lines_.front());
    lines_.pop_front();
    waiting_bytes_ -= line.text.size();
    return line;
}

}  // namespace yizhan
