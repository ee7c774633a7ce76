// Decisions never wait for disk, network, tool or list: the record of a grant and the released lock come in the instant
// in which the reader says the last byte of the card.
#include <fmt/format.h>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Decisions final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "decisions"; }

    void on_record(const Record& record, Now now) override {
        if (record.type == RecordType::exit_requested) return expect_release(now.mono);
        if (record.type != RecordType::granted && record.type != RecordType::outlet_on) return;
        if (!record.reader) return;
        const auto reader = static_cast<std::size_t>(*record.reader);
        if (scene_.station.world->id_card_reader(reader).spoke_at() != now.mono) {
            wrong(fmt::format("a card was read at reader {}, and decided on later", reader));
        }
        if (record.type == RecordType::granted && record.outcome != Outcome::doors_are_open) expect_release(now.mono);
    }
    void on_lock(bool released, Mono at) override {
        if (!released || expected_ == never) return;
        if (at - expected_ > made_good_in()) wrong("the lock was released later than decided");
        expected_ = never;
    }
    void on_died(Mono) override { expected_ = never; }
    void every_second(Mono at) override {
        if (expected_ != never && at - expected_ > made_good_in()) wrong("the lock was not released as decided");
    }

 private:
    void expect_release(Mono now) {
        if (!scene_.station.world->door(0).lock_released()) expected_ = now;
    }

    // A write that is lost is written again within a second.
    milliseconds made_good_in() const {
        const auto lost = scene_.options.a_day[static_cast<std::size_t>(FaultKind::output_writes_lost)];
        return lost == 0 ? milliseconds{0} : milliseconds{1100};
    }

    Mono expected_ = never;
};

}  // namespace

std::unique_ptr<Oracle> decisions(const Scene& scene) { return std::make_unique<Decisions>(scene); }

}  // namespace yizhan::simulator
