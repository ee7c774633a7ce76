// What an ID-card reader says, without the person. Every reply is written anew from its status and its size: no byte of
// data that came from a reader passes. What is no whole and right frame of a known size is only counted.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <span>

#include "drivers/id_card_reader/sam_frame.h"
#include "hal/time.h"

namespace yizhan {

class ScrubbedListener {
 public:
    virtual ~ScrubbedListener() = default;
    virtual void on_scrubbed(Mono at, std::span<const std::byte> bytes) = 0;
    virtual void on_withheld(Mono at, std::size_t count) = 0;
};

// Keeps what it eats until it knows what it is, at most one frame; times and sizes of chunks stay as they were. Finds
// frames as SamFrameParser does, so that a driver that gets the result in place of the original sees frames and garbage
// in the same places. Leaves nothing in memory.
class SamScrubber {
 public:
    SamScrubber() = default;
    SamScrubber(const SamScrubber&) = delete;
    SamScrubber& operator=(const SamScrubber&) = delete;
    ~SamScrubber() { wipe(0); }

    void eat(std::span<const std::byte> bytes, Mono at, ScrubbedListener& listener);
    // Nothing will follow: what waits is withheld, but for whole frames in it.
    void end(ScrubbedListener& listener);

 private:
    static constexpr std::size_t header = 7;

    struct Chunk {
        Mono at;
        std::size_t waiting;
    };
    std::size_t resolve_frames(ScrubbedListener& listener);
    std::size_t missing(ScrubbedListener& listener);
    bool may_begin_frame() const;
    std::size_t length() const;
    void resolve(std::size_t count, bool scrubbed, ScrubbedListener& listener);
    void flush_withheld(ScrubbedListener& listener);
    void wipe(std::size_t from);

    std::array<std::byte, header + SamFrameParser::longest> buffer_{};
    std::size_t size_ = 0;
    std::deque<Chunk> chunks_;  // of what is in the buffer, and one more
    Chunk withheld_{};  // not told yet
};

// Replaces whatever data a whole and right reply frame holds by that of an invented resident, size by size, with a
// right check byte. A card whose text does not add up becomes one whose check character is wrong. False: no such reply
// is known, the frame must not be kept.
bool make_synthetic(std::span<std::byte> frame);

// Whether a request holds no data, so that it may be kept as it is.
bool is_bare_request(std::span<const std::byte> request);

}  // namespace yizhan
