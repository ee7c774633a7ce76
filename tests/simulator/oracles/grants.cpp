// Nobody who may not comes in: whoever is granted an entry has a card on that reader, and it is good enough.
#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "tests/simulator/oracles/hours.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Grants final : public Oracle {
 public:
    explicit Grants(const Scene& scene)
        : Oracle(scene), last_(scene.config().readers.size()), before_(last_.size()), asked_(last_.size()) {}
    std::string_view name() const override { return "grants"; }

    void on_started(Mono) override { mode_ = scene_.state().mode; }
    void on_records_lost(Mono) override {
        mode_ = scene_.state().mode;
        version_ = scene_.members_version();
    }
    void on_swipe(const Swipe& swipe) override {
        before_[swipe.reader] = last_[swipe.reader];
        last_[swipe.reader] = swipe;
    }
    void on_swipe_end(const Swipe& swipe) override { last_[swipe.reader] = swipe; }
    void on_record(const Record& record, Now now) override {
        const bool certain = scene_.up() && scene_.state().confidence() == Confidence::certain;
        if (std::exchange(turn_, record.at.mono) != record.at.mono) was_certain_ = certain_;
        certain_ = certain;
        if (record.type == RecordType::mode_changed) mode_ = record.mode;
        if (record.type == RecordType::members_loaded) version_ = static_cast<std::uint64_t>(record.value);
        if (!record.reader) return;
        const auto reader = static_cast<std::size_t>(*record.reader);
        const Read read{
            .credential = record.credential, .swipe = last_[reader], .before = before_[reader], .at = now.mono};
        if (record.type == RecordType::entry_asked) asked_[reader] = read;
        if (record.type != RecordType::granted) return;
        const bool waited = asked_[reader].credential == record.credential;
        look_at_person(record, waited ? std::exchange(asked_[reader], {}) : read, now);
    }

 private:
    static constexpr seconds longest_read{10};

    // What lay on a reader when it told of a card. Where somebody waits until it is stored that they asked, the answer
    // is to what lay there then.
    struct Read {
        CredentialId credential;
        std::optional<Swipe> swipe;
        std::optional<Swipe> before;
        Mono at;
    };

    void look_at_person(const Record& record, const Read& read, Now now) {
        const auto reader = static_cast<std::size_t>(*record.reader);
        const auto& swipe = read.swipe;
        if (!swipe || read.at - std::min(swipe->until, read.at) > longest_read) {
            return wrong(fmt::format("granted at reader {}, where no card lies", reader));
        }
        // Whoever hears too soon after laying a card there hears of the one before; of a reader that answers late, also
        // whoever does not.
        const milliseconds shortest = scene_.site.readers[reader].shortest_read();
        const bool late = read.before && read.at - read.before->until < longest_read &&
                          scene_.faults.reader_undisturbed_since(reader) > read.before->from;
        if (late || read.at - swipe->from < shortest) return;
        const bool enters = scene_.config().readers[reader].place == ReaderPlace::entry;
        if (!enters || record.outcome == Outcome::doors_are_open) return;
        const Swipe& seen = *swipe;
        const bool listed = scene_.people.is_listed(seen, scene_.faults.revoked_in(version_));
        const bool staff = seen.kind == CardKind::staff && listed;
        look_at_station(record, staff, now);
        const bool members_only = scene_.config().policy == AdmissionPolicy::members;
        // However wrong: what is over is over in every year that a clock of these worlds shows, or has not begun.
        const bool dates_count = now.wall_trusted;
        const bool bad_anyway = seen.kind == CardKind::outdated || seen.kind == CardKind::damaged;
        const bool id_card = seen.form == CardForm::id_card;
        const CardKind kind = listed || bad_anyway ? seen.kind : CardKind::stranger;
        if (kind == CardKind::barred || kind == CardKind::damaged) wrong(fmt::format("{} came in", name_of(kind)));
        if (kind == CardKind::stranger && (members_only || !id_card)) {
            wrong(fmt::format("{} came in, whom list {} does not name", seen.person, version_));
        }
        if (kind == CardKind::lapsed && dates_count) wrong("one whose membership is over came in");
        if (kind == CardKind::outdated && dates_count) wrong("one whose card is expired came in");
        if (kind == CardKind::day && dates_count && !by_day(now.wall, scene_.config().utc_offset)) {
            wrong("somebody came in outside the hours");
        }
        const bool slow = kind == CardKind::slow;
        if (slow != (record.outcome == Outcome::welcome_slow)) wrong("the wrong one has more time at the door");
    }

    void look_at_station(const Record& record, bool staff, Now now) {
        const bool shut = mode_ == Mode::lockdown || ((mode_ == Mode::closed || mode_ == Mode::service) && !staff);
        if (shut) wrong("somebody came in against the mode");
        const State& state = scene_.state();
        const auto& config = scene_.config();
        // Where the door stood open they are counted already.
        const auto before =
            state.count() - (state.visit_by_id(record.visit) != nullptr ? 1 : 0) + scene_.let_in(record.credential);
        if (config.capacity > 0 && !staff && was_certain_ && certain_ && before >= config.capacity) {
            wrong(fmt::format("let in as number {} of {}", before + 1, config.capacity));
        }
        if (!staff && now.wall_trusted && !opens_at(config.opening_hours, now.wall, config.utc_offset)) {
            wrong("somebody came in while the station is closed");
        }
        if (!now.wall_trusted && config.when_clock_untrusted == WhenUntrusted::refuse) {
            wrong("somebody came in although nobody knows the time");
        }
        if (config.when_log_full == WhenLogFull::refuse && scene_.station.stationd->log().full()) {
            wrong("somebody came in although nothing can be recorded");
        }
    }

    std::vector<std::optional<Swipe>> last_;  // by reader
    std::vector<std::optional<Swipe>> before_;
    std::vector<Read> asked_;
    Mode mode_ = Mode::normal;
    std::uint64_t version_ = 1;
    // Before the turn of the record, and after it: whoever comes in once more makes a doubtful visit end.
    bool was_certain_ = false;
    bool certain_ = false;
    Mono turn_;
};

}  // namespace

std::unique_ptr<Oracle> grants(const Scene& scene) { return std::make_unique<Grants>(scene); }

}  // namespace yizhan::simulator
