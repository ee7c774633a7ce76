// Text for terminals.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace yizhan {

// Without anything that could command a terminal: control characters become '?'. What devices, brokers and settings
// say ends up on the screen of somebody with rights.
std::string printable(std::string_view text);

// Columns on the screen; Chinese characters take two.
std::size_t display_width(std::string_view text);

// Padded with spaces to `width`; longer text stays as it is.
std::string padded(std::string_view text, std::size_t width);

// Rows of cells, aligned in columns two spaces apart, each line indented. Cells are made printable. Empty columns go.
std::string text_table(const std::vector<std::vector<std::string>>& rows, std::size_t indent = 0);

}  // namespace yizhan
