// Frames of the SAM_A interface (GA/T 467):
//   request: AA AA AA 96 69 | LEN (2, big-endian) | CMD PARA [DATA…]    CHK
//   reply:   AA AA AA 96 69 | LEN (2, big-endian) | SW1 SW2 SW3 [DATA…] CHK
// LEN counts everything after itself; CHK is the XOR from LEN to the byte before CHK.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace yizhan {

inline constexpr std::array<std::uint8_t, 5> sam_preamble{0xAA, 0xAA, 0xAA, 0x96, 0x69};

using SamRequest = std::array<std::byte, 10>;

// A request without data: every one this driver needs.
constexpr SamRequest sam_request(std::uint8_t command, std::uint8_t parameter) {
    constexpr std::uint8_t length = 3;  // command, parameter, check
    SamRequest frame{};
    for (std::size_t i = 0; i < sam_preamble.size(); ++i) frame[i] = std::byte{sam_preamble[i]};
    frame[6] = std::byte{length};
    frame[7] = std::byte{command};
    frame[8] = std::byte{parameter};
    frame[9] = frame[6] ^ frame[7] ^ frame[8];
    return frame;
}

// Looks into the parser's buffer: valid until the parser's next call.
struct SamReply {
    std::uint8_t status = 0;  // SW3; SW1 and SW2 carry nothing that matters here
    std::span<const std::byte> data;
};

// Cuts a stream of bytes, in any split, into replies. Whatever is not a whole, right frame is skipped; after a false
// start it looks again from the byte behind that start. A frame may hold personal data, so the buffer can be wiped.
// No allocation.
class SamFrameParser {
 public:
    // The longest reply known is 2314 (text, photo and fingerprints); more is a false start.
    static constexpr std::size_t longest = 2400;

    // Eats from the front of `bytes` until a reply is complete (it is returned, the rest stays) or all are eaten.
    // Call it again until it returns nothing.
    std::optional<SamReply> next(std::span<const std::byte>& bytes);
    // Leaves nothing of the last reply in memory, and ends its life.
    void wipe_reply();
    // Forgets what it has, and leaves none of it in memory.
    void wipe();
    // Preambles that no right frame followed (length, checksum).
    std::uint64_t bad_frames() const { return bad_frames_; }

 private:
    static constexpr std::size_t header = 7;

    std::size_t length() const;  // what LEN says; only once the header is there
    // How many bytes are needed to decide more. 0: a frame is complete.
    std::size_t missing();
    void skip_false_start();
    void drop_front(std::size_t count);

    std::array<std::byte, header + longest> buffer_{};
    std::size_t size_ = 0;
    std::size_t reported_ = 0;  // bytes at the front that the last reply occupied
    std::size_t dirty_ = 0;  // bytes from the front that were ever written since the last wipe
    std::uint64_t bad_frames_ = 0;
};

}  // namespace yizhan
