#include "drivers/id_card_reader/sam_frame.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {
namespace {

// SW1 SW2 SW3 CHK
constexpr std::size_t shortest_reply = 4;

// True if `bytes` could be the beginning of a frame.
bool may_begin_frame(std::span<const std::byte> bytes) {
    const std::size_t size = std::min(bytes.size(), sam_preamble.size());
    for (std::size_t i = 0; i < size; ++i) {
        if (bytes[i] != std::byte{sam_preamble[i]}) return false;
    }
    return true;
}

}  // namespace

std::optional<SamReply> SamFrameParser::next(std::span<const std::byte>& bytes) {
    drop_front(std::exchange(reported_, 0));
    // Each turn eats at least one byte or ends.
    for (;;) {
        const std::size_t wanted = missing();
        if (wanted == 0) {
            reported_ = header + length();
            return SamReply{std::to_integer<std::uint8_t>(buffer_[header + 2]),
                            std::span(buffer_).subspan(header + 3, length() - shortest_reply)};
        }
        if (bytes.empty()) return std::nullopt;
        const std::size_t taken = std::min(wanted, bytes.size());
        YZ_CHECK(size_ + taken <= buffer_.size());
        std::copy_n(bytes.begin(), taken, buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += taken;
        dirty_ = std::max(dirty_, size_);
        bytes = bytes.subspan(taken);
    }
}

void SamFrameParser::wipe_reply() {
    drop_front(std::exchange(reported_, 0));
    // Through volatile, or the compiler may drop the stores.
    for (std::size_t i = size_; i < dirty_; ++i) *static_cast<volatile std::byte*>(&buffer_[i]) = std::byte{0};
    dirty_ = size_;
}

void SamFrameParser::wipe() {
    size_ = 0;
    reported_ = 0;
    wipe_reply();
}

std::size_t SamFrameParser::length() const {
    return std::to_integer<std::size_t>(buffer_[5]) << 8 | std::to_integer<std::size_t>(buffer_[6]);
}

std::size_t SamFrameParser::missing() {
    // Each turn returns or makes the buffer shorter.
    for (;;) {
        if (!may_begin_frame(std::span(buffer_).first(size_))) {
            skip_false_start();
            continue;
        }
        if (size_ < header) return header - size_;
        if (length() < shortest_reply || length() > longest) {
            ++bad_frames_;
            skip_false_start();
            continue;
        }
        const std::size_t total = header + length();
        if (size_ < total) return total - size_;
        std::byte check{0};
        for (std::size_t i = sam_preamble.size(); i < total; ++i) check ^= buffer_[i];
        if (check == std::byte{0}) return 0;
        ++bad_frames_;
        skip_false_start();
    }
}

void SamFrameParser::skip_false_start() {
    std::size_t skipped = 1;
    while (skipped < size_ && !may_begin_frame(std::span(buffer_).subspan(skipped, size_ - skipped))) ++skipped;
    drop_front(skipped);
}

void SamFrameParser::drop_front(std::size_t count) {
    if (count == 0) return;
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(count),
              buffer_.begin() + static_cast<std::ptrdiff_t>(size_), buffer_.begin());
    size_ -= count;
}

}  // namespace yizhan
