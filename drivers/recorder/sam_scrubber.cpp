#include "drivers/recorder/sam_scrubber.h"

#include <algorithm>
#include <string_view>

#include "drivers/id_card_reader/id_text.h"
#include "drivers/id_card_reader/sam_command.h"

namespace yizhan {
namespace {

using Bytes = std::span<std::byte>;

constexpr std::size_t length_at = 5;
constexpr std::size_t status_at = 9;
constexpr std::size_t data_at = 10;
constexpr std::size_t shortest_reply = 4;  // SW1 SW2 SW3 CHK
constexpr std::size_t photo_size = 1024;
constexpr std::size_t most_of_fingerprints = 1024;
constexpr std::size_t address_size = 70;

std::byte check_of(std::span<const std::byte> bytes) {
    std::byte check{0};
    for (const std::byte byte : bytes) check ^= byte;
    return check;
}

std::size_t word(std::span<const std::byte> bytes, std::size_t at) {
    return std::to_integer<std::size_t>(bytes[at]) << 8 | std::to_integer<std::size_t>(bytes[at + 1]);
}

void put(Bytes into, std::size_t at, std::u16string_view text) {
    for (const char16_t unit : text) {
        into[at++] = static_cast<std::byte>(unit & 0xFF);
        into[at++] = static_cast<std::byte>(unit >> 8);
    }
}

void blank(Bytes into) {
    for (std::size_t at = 0; at + 1 < into.size(); at += 2) put(into, at, u" ");
}

// Region 999999: nobody lives there.
void write_text(Bytes text, bool adds_up) {
    blank(text);
    put(text, 0, u"测试甲");
    put(text, 30, u"1");
    put(text, 32, u"01");
    put(text, 36, u"19700101");
    put(text, 52, u"测试省样例市虚构区一号");
    put(text, 122, adds_up ? u"999999197001011239" : u"999999197001011238");
    put(text, 158, u"样例市公安局虚构分局");
    put(text, 188, u"20200101");
    put(text, 204, u"长期");
}

// Text, photo and fingerprints behind `words` length words. The sizes that a reader can have follow from the frame's,
// so that not even the words can carry anything.
bool write_read(Bytes data, std::size_t words) {
    if (data.size() < 2 * words + id_text_size || word(data, 0) != id_text_size) return false;
    const std::size_t rest = data.size() - 2 * words - id_text_size;
    const std::size_t photo = words == 2 ? rest : photo_size;
    if (photo > photo_size || photo > rest || rest - photo > most_of_fingerprints || word(data, 2) != photo) {
        return false;
    }
    if (words == 3 && word(data, 4) != rest - photo) return false;
    const auto text = data.subspan(2 * words).first<id_text_size>();
    write_text(text, parse_id_text(text).has_value());
    std::ranges::fill(data.subspan(2 * words + id_text_size), std::byte{0});
    return true;
}

void write_counted(Bytes into, unsigned first) {
    for (std::byte& byte : into) byte = static_cast<std::byte>(first++);
}

void write_sam_id(Bytes data) {
    constexpr std::array<unsigned char, 16> id{0x05, 0x00, 0x03, 0x00, 0xD5, 0xAF, 0x34, 0x01,
                                               0xB1, 0xCB, 0x74, 0x00, 0xD2, 0x02, 0x96, 0x49};
    std::ranges::copy(std::as_bytes(std::span(id)), data.begin());
}

bool write_data(std::uint8_t status, Bytes data) {
    if (data.empty()) return true;
    const std::size_t size = data.size();
    if (status == sam_status::found && size == 4) {
        std::ranges::fill(data, std::byte{0});
        return true;
    }
    if (status != sam_status::success) return false;
    if (write_read(data, 2) || write_read(data, 3)) return true;
    if (size % address_size == 0 && size <= 4 * address_size) {
        blank(data);
        for (std::size_t at = 0; at < size; at += address_size) put(data, at, u"测试省样例市虚构区二号");
        return true;
    }
    switch (size) {
        case 8:  // selected
            std::ranges::fill(data, std::byte{0});
            return true;
        case 16:
            write_sam_id(data);
            return true;
        case 28:  // management numbers: IIN, SN, DN
            std::ranges::fill(data.first(4), std::byte{0});
            write_counted(data.subspan(4, 8), 0x01);
            write_counted(data.subspan(12), 0xA0);
            return true;
        default:
            return false;
    }
}

}  // namespace

bool make_synthetic(Bytes frame) {
    const auto status = std::to_integer<std::uint8_t>(frame[status_at]);
    if (!write_data(status, frame.subspan(data_at, frame.size() - data_at - 1))) return false;
    frame[7] = frame[8] = std::byte{0};  // SW1 and SW2 may come from the card
    frame.back() = check_of(frame.subspan(length_at, frame.size() - length_at - 1));
    return true;
}

bool is_bare_request(std::span<const std::byte> request) {
    if (request.size() != std::tuple_size_v<SamRequest>) return false;
    return std::ranges::equal(
        request, sam_request(std::to_integer<std::uint8_t>(request[7]), std::to_integer<std::uint8_t>(request[8])));
}

void SamScrubber::eat(std::span<const std::byte> bytes, Mono at, ScrubbedListener& listener) {
    if (bytes.empty()) return;
    chunks_.push_back({at, bytes.size()});
    // Each turn eats a byte or ends.
    for (;;) {
        const std::size_t wanted = resolve_frames(listener);
        if (bytes.empty()) break;
        const std::size_t taken = std::min(wanted, bytes.size());
        std::copy_n(bytes.begin(), taken, buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += taken;
        bytes = bytes.subspan(taken);
    }
    flush_withheld(listener);
}

void SamScrubber::end(ScrubbedListener& listener) {
    // What waits for more will not get it; behind its beginning there may be whole frames.
    while (size_ > 0) {
        resolve(1, false, listener);
        resolve_frames(listener);
    }
    flush_withheld(listener);
}

// How many bytes are needed to decide more.
std::size_t SamScrubber::resolve_frames(ScrubbedListener& listener) {
    for (;;) {
        const std::size_t wanted = missing(listener);
        if (wanted > 0) return wanted;
        const std::size_t total = header + length();
        resolve(total, make_synthetic(std::span(buffer_).first(total)), listener);
    }
}

bool SamScrubber::may_begin_frame() const {
    const std::size_t size = std::min(size_, sam_preamble.size());
    return std::equal(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size), sam_preamble.begin(),
                      [](std::byte have, std::uint8_t want) { return have == std::byte{want}; });
}

std::size_t SamScrubber::length() const { return word(buffer_, length_at); }

// How many bytes are needed to decide more. 0: a frame is complete.
std::size_t SamScrubber::missing(ScrubbedListener& listener) {
    // Each turn returns or withholds a byte.
    for (;;) {
        if (may_begin_frame()) {
            if (size_ < header) return header - size_;
            if (length() >= shortest_reply && length() <= SamFrameParser::longest) {
                const std::size_t total = header + length();
                if (size_ < total) return total - size_;
                if (check_of(std::span(buffer_).subspan(length_at, total - length_at)) == std::byte{0}) return 0;
            }
        }
        resolve(1, false, listener);
    }
}

// The first `count` bytes are known: tells of them in their chunks, and forgets them.
void SamScrubber::resolve(std::size_t count, bool scrubbed, ScrubbedListener& listener) {
    std::size_t told = 0;
    while (told < count) {
        Chunk& chunk = chunks_.front();
        const std::size_t part = std::min(count - told, chunk.waiting);
        if (withheld_.waiting > 0 && (scrubbed || withheld_.at != chunk.at)) flush_withheld(listener);
        if (scrubbed) {
            listener.on_scrubbed(chunk.at, std::span(buffer_).subspan(told, part));
        } else {
            withheld_ = {chunk.at, withheld_.waiting + part};
        }
        told += part;
        chunk.waiting -= part;
        if (chunk.waiting == 0) chunks_.pop_front();
    }
    const std::size_t old_size = size_;
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(count),
              buffer_.begin() + static_cast<std::ptrdiff_t>(size_), buffer_.begin());
    size_ -= count;
    // Through volatile, or the compiler may drop the stores.
    for (std::size_t i = size_; i < old_size; ++i) *static_cast<volatile std::byte*>(&buffer_[i]) = std::byte{0};
}

void SamScrubber::flush_withheld(ScrubbedListener& listener) {
    if (withheld_.waiting > 0) listener.on_withheld(withheld_.at, withheld_.waiting);
    withheld_.waiting = 0;
}

void SamScrubber::wipe(std::size_t from) {
    for (std::size_t i = from; i < buffer_.size(); ++i) *static_cast<volatile std::byte*>(&buffer_[i]) = std::byte{0};
}

}  // namespace yizhan
