// Sequence without holes; nothing that was reported stored is ever lost.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Log final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "log"; }

    void on_log(Mono at) override {
        const auto [found, is_new] = books_.try_emplace(scene_.log().epoch);
        Book* before = std::exchange(book_, &found->second);
        starting_ = !scene_.log().in_use;
        // In use the numbers go on.
        if (!starting_) *book_ = *before;
        if (scene_.log().in_memory) {
            if (scene_.faults.disk_undisturbed_since() <= at && !scene_.faults.machine_stopped()) {
                wrong("the log is kept in memory although the disk is well");
            }
            return;
        }
        if (is_new && on_disk_ != nullptr) look_at_replacement();
        on_disk_ = book_;
    }
    void on_record(const Record& record, Now now) override {
        if (starting_) {
            starting_ = false;
            restore(record.seq - 1);
            newest_ = {};
        } else if (record.seq != book_->last + 1) {
            wrong(fmt::format("record {} after {}", record.seq, book_->last));
        }
        book_->last = record.seq;
        // Somebody may acknowledge it in the same second.
        if (record.type == RecordType::alarm_raised && record.alarm == AlarmKind::log_replaced) to_be_told_ = false;
        // Except where a clock that was never trusted is at last set right, or one that was wrong by days: what was
        // stamped with a day that has not come must not hold all later stamps until it comes.
        const bool was_wrong = newest_.wall - record.at.wall > one_day;
        const bool set_right = record.at.trusted && (!newest_.trusted || was_wrong);
        // A clock that knows no year is believed by nobody.
        const bool has_a_year = now.wall >= Wall{seconds{1767225600}};  // 2026-01-01
        if (now.wall_trusted && has_a_year && record.at.wall - now.wall > one_day) {
            wrong("a record is stamped with a day to come");
        }
        const bool known = record.type != RecordType::records_lost;  // the newest one before had no room
        if (known && record.at.wall < newest_.wall && !set_right) wrong("times of records run back");
        newest_ = record.at;
        if (known) return;
        if (record.value < owed_) wrong(fmt::format("{} are said to be lost, there were {}", record.value, owed_));
        owed_ = 0;
    }
    // What somebody is told while there is no room is counted.
    void on_action(const Action& action, Now) override {
        if (scene_.unrecorded() && std::holds_alternative<ShowAtReader>(action)) ++owed_;
    }
    void on_died(Mono) override { owed_ = 0; }
    void on_started(Mono at) override {
        look_for_alarm();
        const auto found = scene_.station.stationd->log().acknowledged();
        if (found < book_->acknowledged) {
            wrong(fmt::format("{} were acknowledged, a restart found {}", book_->acknowledged, found));
        }
        sealable_ = 1;
        sealable_since_ = at;
    }
    void every_second(Mono at) override {
        if (!scene_.up()) return;
        look_for_alarm();
        const auto& log = scene_.station.stationd->log();
        const auto stored = log.stored();
        if (stored < book_->stored) wrong(fmt::format("{} records were stored, now {}", book_->stored, stored));
        book_->stored = stored;
        if (owed_ > 0 && !scene_.unrecorded()) wrong("records were lost, and nobody says so");
        book_->acknowledged = log.acknowledged();
        const bool has_centre = !scene_.site.settings.uplink.host.empty();
        const auto deleted = log.beginning().deleted;
        if (has_centre && deleted > book_->acknowledged) wrong("records are deleted that the centre does not have");
        if (deleted < book_->deleted) wrong("deleted records are back");
        book_->deleted = deleted;
        if (stored == book_->last) caught_up_ = at;
        const auto& checkpoint = log.checkpoint();
        if (checkpoint && checkpoint->seq >= sealable_) sealable_ = stored, sealable_since_ = at;
        const Mono sealing = std::max({sealable_since_, scene_.up_since, scene_.faults.disk_undisturbed_since()});
        if (stored > 0 && sealing < at && at - sealing > LogWriter::longest_pause + seconds{61}) {
            wrong("stored records are not sealed after a minute");
        }
        const Mono well = std::max({caught_up_, scene_.up_since, scene_.faults.disk_undisturbed_since()});
        if (well < at && at - well > LogWriter::longest_pause + seconds{30}) {
            wrong("the disk is well again, and records still wait for it");
        }
    }
    void at_end(Mono) override {
        if (!scene_.up()) return wrong("stationd does not run any more");
        if (scene_.log().in_memory) return wrong("the disk is well, and a restart has not found it");
        const auto& log = scene_.station.stationd->log();
        if (log.stored() != book_->last) wrong(fmt::format("stored {} of {} records", log.stored(), book_->last));
        const bool has_centre = !scene_.site.settings.uplink.host.empty();
        if (has_centre && log.acknowledged() != book_->last)
            wrong(fmt::format("the centre has {} of {} records", log.acknowledged(), book_->last));
    }

 private:
    // Of one epoch.
    struct Book {
        std::uint64_t last = 0;
        std::uint64_t stored = 0;
        std::uint64_t acknowledged = 0;
        std::uint64_t deleted = 0;
    };

    void look_at_replacement() {
        const auto damages = scene_.faults.log_damages();
        const bool damaged = std::exchange(damages_, damages) != damages;
        if (!damaged && on_disk_->stored > 0) wrong("a log was begun anew, and nothing damaged it");
        to_be_told_ = damaged;
        replaced_ = starting_ ? on_disk_ : nullptr;
    }
    void look_for_alarm() {
        if (!std::exchange(to_be_told_, false)) return;
        if (!scene_.state().has_alarm(AlarmKind::log_replaced))
            wrong("a damaged log was replaced, and no alarm says so");
        const auto is_kept = [&](const std::string& path) {
            return path.starts_with(scene_.site.settings.log.path + ".damaged-");
        };
        if (std::ranges::none_of(scene_.station.disk.paths(), is_kept)) wrong("a damaged log is not kept");
    }
    // A station that starts goes on behind this record.
    void restore(std::uint64_t seq) {
        // One that was replaced in use, and then the power went, goes on as well.
        const Book* replaced = std::exchange(replaced_, nullptr);
        if (replaced != nullptr && seq > 0) *book_ = *replaced;
        if (seq < book_->stored) wrong(fmt::format("{} records were stored, a restart found {}", book_->stored, seq));
        if (seq > book_->last) wrong(fmt::format("a restart found {} records, there were {}", seq, book_->last));
    }

    static constexpr std::chrono::hours one_day{24};

    std::map<std::uint32_t, Book> books_;  // by epoch
    Book* book_ = nullptr;  // in use
    const Book* on_disk_ = nullptr;
    const Book* replaced_ = nullptr;  // by a start
    unsigned damages_ = 0;  // that have been found
    bool to_be_told_ = false;
    bool starting_ = true;
    Mono caught_up_;
    std::uint64_t sealable_ = 1;  // stored at this time, and to be sealed within a minute of it
    Mono sealable_since_;
    Stamp newest_;
    std::int64_t owed_ = 0;  // at least, since there is no room
};

}  // namespace

std::unique_ptr<Oracle> log(const Scene& scene) { return std::make_unique<Log>(scene); }

}  // namespace yizhan::simulator
