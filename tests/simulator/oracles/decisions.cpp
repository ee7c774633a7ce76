// Decisions never wait for disk, network, tool or list, but for evidence where the settings say so: the record of a
// grant or a refusal and the released lock come in the instant in which the reader says the last byte of the card.
#include <fmt/format.h>

#include <algorithm>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Decisions final : public Oracle {
 public:
    explicit Decisions(const Scene& scene) : Oracle(scene), expected_(scene.config().doors.size(), never) {}
    std::string_view name() const override { return "decisions"; }

    void on_record(const Record& record, Now now) override {
        if (record.type == RecordType::exit_requested) return expect_release(record, now.mono);
        const bool decided = record.type == RecordType::granted || record.type == RecordType::outlet_on ||
                             (record.type == RecordType::refused && !is_about_reading(record.outcome));
        if (!decided || !record.reader) return;
        const auto reader = static_cast<std::size_t>(*record.reader);
        const Reader& read = scene_.site.readers[reader];
        if (now.mono - read.spoke_at() > read.decides_within() + scene_.waits_for_evidence(reader)) {
            wrong(fmt::format("a card was read at reader {}, and decided on later", reader));
        }
        if (record.type == RecordType::granted && record.outcome != Outcome::doors_are_open) {
            expect_release(record, now.mono);
        }
    }
    void on_lock(std::size_t door, bool released, Mono at) override {
        if (!released || expected_[door] == never) return;
        if (at > expected_[door] && !excused(door, at)) wrong("the lock was released later than decided");
        expected_[door] = never;
    }
    void on_died(Mono) override { std::ranges::fill(expected_, never); }
    void every_second(Mono at) override {
        for (std::size_t door = 0; door < expected_.size(); ++door) {
            if (excused(door, at)) expected_[door] = never;
            if (expected_[door] != never && at > expected_[door]) wrong("the lock was not released as decided");
        }
    }

 private:
    // That a card cannot be read shows when the last attempt is over.
    static bool is_about_reading(Outcome why) {
        return why == Outcome::unreadable || why == Outcome::not_genuine || why == Outcome::card_damaged;
    }
    void expect_release(const Record& record, Mono now) {
        const auto door = static_cast<std::size_t>(*record.door);
        if (!scene_.station.world->door(door).lock_released()) expected_[door] = now;
    }

    bool excused(std::size_t door, Mono at) const { return scene_.faults.lock_undisturbed_since(door) > at; }

    std::vector<Mono> expected_;  // by door
};

}  // namespace

std::unique_ptr<Oracle> decisions(const Scene& scene) { return std::make_unique<Decisions>(scene); }

}  // namespace yizhan::simulator
