// Bytes for tests, written out by hand where they come from the protocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace yizhan {

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::initializer_list<unsigned> values) {
    Bytes bytes;
    for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
    return bytes;
}

// "AA AA 96 …", blanks ignored.
inline Bytes from_hex(std::string_view hex) {
    const auto digit = [](char c) -> unsigned {
        return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    };
    Bytes bytes;
    unsigned value = 0;
    bool half = false;
    for (const char c : hex) {
        if (c == ' ' || c == '\n') continue;
        value = value << 4 | digit(c);
        if (half) bytes.push_back(static_cast<std::byte>(value & 0xFF));
        half = !half;
    }
    return bytes;
}

// A right reply frame.
inline Bytes reply_of(unsigned status, const Bytes& data = {}) {
    Bytes frame = from_hex("AA AA AA 96 69");
    const std::size_t length = data.size() + 4;
    for (const std::size_t value : {length >> 8, length & 0xFF, std::size_t{0}, std::size_t{0}, std::size_t{status}}) {
        frame.push_back(static_cast<std::byte>(value));
    }
    frame.insert(frame.end(), data.begin(), data.end());
    std::byte check{0};
    for (std::size_t i = 5; i < frame.size(); ++i) check ^= frame[i];
    frame.push_back(check);
    return frame;
}

// The text block of the invented resident card: 测试甲, 999999197001011239, valid from 2020-01-01, long term.
inline Bytes resident_text() {
    return from_hex(R"(
        4B6DD58B32752000200020002000200020002000200020002000200020003100
        30003100310039003700300030003100300031004B6DD58B017737688B4F025E
        5A8684673A53004EF75320002000200020002000200020002000200020002000
        2000200020002000200020002000200020002000200020002000390039003900
        3900390039003100390037003000300031003000310031003200330039003768
        8B4F025E6C51895B405C5A8684670652405C2000200020002000200032003000
        3200300030003100300031007F951F6720002000200020002000200020002000
        2000200020002000200020002000200020002000200020002000200020002000)");
}

// The reply to 30 01 with that card and a photo of zeros.
inline Bytes resident_reply() {
    Bytes data = from_hex("01 00 04 00");
    const Bytes text = resident_text();
    data.insert(data.end(), text.begin(), text.end());
    data.resize(data.size() + 1024);
    return reply_of(0x90, data);
}

inline Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

}  // namespace yizhan
