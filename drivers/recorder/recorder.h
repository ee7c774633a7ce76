// Writes down what passes between drivers and ports, for replay at a desk: `stationd --record FILE`. A recording is a
// test input and leaves the station, so it holds no person: see sam_scrubber.h, card_edges.h, uid_scrubber.h and
// text_scrubber.h.
//
// JSON, a line each: {"recording":1}, then {"t":nanoseconds since the start,"source":"usb:1-1.4","what":…} with
//   attached, detached (why), reset
//   sent, got: hex, or withheld: how many bytes
//   edge: line (index in the request), rising, sequence      level: high (any line of the request)
//   set: high
//   card: uid (hex, empty: it told none)     removed
//   typed: text (\n: Enter; \u001a: a key that types no character), a whole one at the time of its last key
// and {"dropped":n} where memory did not suffice, {"end":"full"} at the longest file. Lines are not quite in order of
// time: what a reader says or types is kept until it is known what it is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "drivers/ports/append_file.h"
#include "drivers/recorder/card_edges.h"
#include "drivers/recorder/sam_scrubber.h"
#include "drivers/recorder/text_scrubber.h"
#include "drivers/recorder/uid_scrubber.h"
#include "hal/event_loop.h"
#include "hal/worker.h"

namespace yizhan {

// Notes are copied in the call (no allocation), made harmless and worded at the end of the turn, and written by a
// worker. Loop thread only.
class Recorder final : public LoopMember {
 public:
    static constexpr std::size_t most_notes = 4096;  // of one turn; the next ones are dropped and counted
    static constexpr std::size_t most_noted_bytes = std::size_t{64} * 1024;  // likewise
    static constexpr std::size_t most_text = std::size_t{1024} * 1024;  // that waits for the disk; likewise
    static constexpr std::uint64_t longest_file = std::uint64_t{64} * 1024 * 1024;

    // Joins the loop, which outlives it. What is recorded outlives neither.
    Recorder(EventLoop& loop, std::unique_ptr<Worker> worker, std::unique_ptr<AppendFile> file);
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    // Waits for the disk.
    ~Recorder() override;

    enum class Kind : std::uint8_t { bytes, line, card_lines, output, cards, keys };
    using Source = std::uint16_t;
    Source add(const std::string& name, Kind kind);

    enum class What : std::uint8_t { attached, detached, reset, sent, got, edges, level, set, card, removed, typed };
    // `bytes` belong to what: text, bytes, Edges, or one byte that is 0 or 1.
    void note(Source source, What what, std::span<const std::byte> bytes, Mono at);
    void note(Source source, What what, std::span<const std::byte> bytes = {}) {
        note(source, what, bytes, loop_.now().mono);
    }

    // Why nothing is written any more.
    const std::optional<Error>& trouble() const { return trouble_; }

    Mono next_deadline() const override { return never; }
    void advance(Now) override {}
    void settle(Now now) override;

 private:
    struct Note {
        Mono at;
        Source source;
        What what;
        std::uint32_t begin;
        std::uint32_t size;
    };
    struct SourceState {
        std::string name;  // as in JSON
        Kind kind;
        SamScrubber scrubber;
        CardEdges edges;
        UidScrubber uids;
        TextScrubber texts;
    };
    class Words;

    void word(const Note& note, std::span<const std::byte> bytes);
    void word_notes();
    void add_line(std::string line);
    void write();

    EventLoop& loop_;
    const Mono start_;
    std::unique_ptr<Worker> worker_;
    std::unique_ptr<AppendFile> file_;
    std::vector<std::unique_ptr<SourceState>> sources_;

    std::vector<Note> notes_;
    std::vector<std::byte> noted_;
    std::uint64_t dropped_ = 0;  // since the last line that said so
    std::string text_;
    std::uint64_t size_ = 0;  // of the file, with what waits
    bool full_ = false;

    // The worker's, while it is busy.
    std::string writing_;
    Result<void> written_;
    std::optional<Error> trouble_;
};

}  // namespace yizhan
