// A contact on one input line. A level counts once it has lasted `debounce`, judged by the edges' own time stamps and
// believed only after one more turn of the loop brought no edge: those that waited while the loop was busy count as of
// when they happened. Before a level is reported it is read again, so that an edge which never arrived (merged in the
// interrupt, dropped by the kernel) cannot leave a door "open" for ever.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "drivers/ports/gpio.h"
#include "hal/contact.h"

namespace yizhan {

class DebouncedContact final : public Contact, private EdgeListener {
 public:
    static constexpr milliseconds longest_debounce{5000};
    static constexpr milliseconds one_more_turn{1};
    static constexpr milliseconds retry_reading{1000};  // while the level is unknown
    static constexpr milliseconds restless_after{2000};  // bouncing for so long is worth a verdict

    // `line`: one line, both edges. `active_high`: the electrical level that means active.
    DebouncedContact(std::unique_ptr<InputLines> line, bool active_high, milliseconds debounce);

    // Reports the first level from inside, without debounce, if it can be read; otherwise that it is unknown, and the
    // level as soon as it can be read. So too when the line is lost and found again later.
    void start(ContactListener& listener, Now now) override;
    ContactStatus status() const override;
    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    void on_edges(std::span<const Edge> edges, Now now) override;
    void on_lost(Now now) override;
    void moved(bool high, Mono at);
    void settle_level(Now now);
    void read_anew(Now now);
    std::optional<bool> read_level();
    void report(bool high, Now now);

    std::unique_ptr<InputLines> line_;
    bool active_high_;
    milliseconds debounce_;
    ContactListener* listener_ = nullptr;

    std::optional<bool> reported_;  // electrical level last reported; none: unknown
    Mono retry_at_ = never;  // while it is unknown
    bool moving_ = false;
    bool level_ = false;  // while moving: where the last edge went
    Mono first_edge_;
    Mono last_edge_;
    Mono rest_confirmed_at_ = never;
    bool doubted_ = false;  // the line was read and is not where the last edge went
    std::uint64_t edges_moving_ = 0;
    std::optional<std::uint32_t> next_sequence_;

    std::uint64_t changes_ = 0;
    std::uint64_t bounces_ = 0;
    std::uint64_t gaps_ = 0;
    std::string reading_failed_;  // why; empty while reading works
};

}  // namespace yizhan
