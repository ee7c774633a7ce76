// A Wiegand reader on simulated lines, and somebody who writes down what it reports.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/gpio.h"
#include "drivers/simulated/scheduler.h"
#include "drivers/simulated/wiegand_card.h"
#include "drivers/wiegand_reader/wiegand_reader.h"
#include "hal/fixed_vector.h"

namespace yizhan::testing {

struct Report {
    enum class What : std::uint8_t { card, refused, removed, health };
    What what{};
    Credential credential;
    Outcome outcome = Outcome::none;
    ReaderHealth health{};
    bool operator==(const Report&) const = default;
};

class Reports final : public CardReaderListener {
 public:
    void on_card(CardReader&, const CardRead& card, Now now) override;
    void on_card_refused(CardReader&, Outcome why, Now now) override;
    void on_card_removed(CardReader&, Now now) override;
    void on_health(CardReader&, ReaderHealth health, Now now) override;

    std::size_t count(Report::What what) const;
    std::vector<Report> list() const { return {reports_.begin(), reports_.end()}; }
    const Report& last() const { return reports_[reports_.size() - 1]; }
    Mono last_at() const { return last_at_; }
    bool all_plain() const { return all_plain_; }  // no card claimed to be genuine or to have a validity

 private:
    FixedVector<Report, 512> reports_;  // does not allocate
    Mono last_at_;
    bool all_plain_ = true;
};

inline const LineName d0{"gpiochip0", "D0"};
inline const LineName d1{"gpiochip0", "D1"};
inline constexpr milliseconds gap{50};

std::unique_ptr<WiegandReader> make_reader(simulated::Gpio& gpio, std::vector<std::uint8_t> lengths,
                                           std::uint16_t buffer = 256);

// All of it in simulated time, with a loop that is never late.
class ReaderBench {
 public:
    explicit ReaderBench(std::vector<std::uint8_t> lengths, bool started = true);
    ~ReaderBench();
    ReaderBench(const ReaderBench&) = delete;
    ReaderBench& operator=(const ReaderBench&) = delete;

    void start();
    void present(std::string_view bits);  // from now on; returns after the last bit
    void wait(milliseconds duration) { scheduler.run_for(duration); }
    void silence() { wait(gap + milliseconds{2}); }
    ReaderStatus status() const { return reader->status(); }

    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};
    simulated::Gpio gpio;
    simulated::WiegandCard card{gpio, d0, d1};
    Reports reports;
    std::unique_ptr<WiegandReader> reader;
};

}  // namespace yizhan::testing
