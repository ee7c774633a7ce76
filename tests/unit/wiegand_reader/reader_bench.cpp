#include "tests/unit/wiegand_reader/reader_bench.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hal/check.h"

namespace yizhan::testing {

void Reports::on_card(CardReader&, const CardRead& card, Now now) {
    reports_.push_back({.what = Report::What::card, .credential = card.credential});
    all_plain_ = all_plain_ && !card.genuine && !card.validity;
    last_at_ = now.mono;
}
void Reports::on_card_refused(CardReader&, Outcome why, Now now) {
    reports_.push_back({.what = Report::What::refused, .credential = {}, .outcome = why});
    last_at_ = now.mono;
}
void Reports::on_card_removed(CardReader&, Now now) {
    reports_.push_back({.what = Report::What::removed, .credential = {}});
    last_at_ = now.mono;
}
void Reports::on_health(CardReader&, ReaderHealth health, Now now) {
    reports_.push_back({.what = Report::What::health, .credential = {}, .health = health});
    last_at_ = now.mono;
}

std::size_t Reports::count(Report::What what) const {
    return static_cast<std::size_t>(
        std::count_if(reports_.begin(), reports_.end(), [&](const Report& report) { return report.what == what; }));
}

std::unique_ptr<WiegandReader> make_reader(simulated::Gpio& gpio, std::vector<std::uint8_t> lengths,
                                           std::uint16_t buffer) {
    auto lines = gpio.request_inputs(std::array{d0, d1}, EdgeKind::falling, Bias::as_is, buffer);
    YZ_CHECK(lines.has_value());
    return std::make_unique<WiegandReader>(std::move(*lines), lengths, gap);
}

ReaderBench::ReaderBench(std::vector<std::uint8_t> lengths, bool started)
    : reader(make_reader(gpio, std::move(lengths))) {
    scheduler.join(card);
    loop.join(gpio);
    loop.join(*reader);
    if (started) start();
}

ReaderBench::~ReaderBench() {
    loop.leave(*reader);
    loop.leave(gpio);
    scheduler.leave(card);
}

void ReaderBench::start() { reader->start(reports, loop.now()); }

void ReaderBench::present(std::string_view bits) {
    YZ_CHECK(card.present(bits, scheduler.now().mono));
    scheduler.run_while([this] { return card.sending(); }, milliseconds{2000});
}

}  // namespace yizhan::testing
