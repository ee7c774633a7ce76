// One driver, one simulated reader, one clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drivers/id_card_reader/id_card_reader.h"
#include "drivers/simulated/byte_port.h"
#include "drivers/simulated/sam_reader.h"

namespace yizhan {

// What the driver reported, in order; credentials only as whether they are the expected one.
struct Report {
    enum class Kind : std::uint8_t { card, refused, removed, health } kind;
    Mono at;
    Outcome why = Outcome::none;
    ReaderHealth health = ReaderHealth::offline;
    std::optional<Credential> credential = std::nullopt;
    bool genuine = false;
    std::optional<DayRange> validity = std::nullopt;
};

class Reports : public CardReaderListener {
 public:
    void on_card(CardReader&, const CardRead& card, Now now) override {
        all.push_back({.kind = Report::Kind::card,
                       .at = now.mono,
                       .credential = card.credential,
                       .genuine = card.genuine,
                       .validity = card.validity});
    }
    void on_card_refused(CardReader&, Outcome why, Now now) override {
        all.push_back({.kind = Report::Kind::refused, .at = now.mono, .why = why});
    }
    void on_card_removed(CardReader&, Now now) override {
        all.push_back({.kind = Report::Kind::removed, .at = now.mono});
    }
    void on_health(CardReader&, ReaderHealth health, Now now) override {
        all.push_back({.kind = Report::Kind::health, .at = now.mono, .health = health});
    }

    // "card refused(unreadable) removed health(online)": the sequence in words, without values.
    std::string words() const {
        static constexpr const char* healths[] = {"offline", "starting", "online", "degraded", "failed"};
        std::string text;
        for (const Report& report : all) {
            if (!text.empty()) text += ' ';
            switch (report.kind) {
                case Report::Kind::card:
                    text += "card";
                    break;
                case Report::Kind::refused:
                    text += std::string(text_of(report.why).code);
                    break;
                case Report::Kind::removed:
                    text += "removed";
                    break;
                case Report::Kind::health:
                    text += healths[static_cast<std::size_t>(report.health)];
                    break;
            }
        }
        return text;
    }
    // The words since the last call.
    std::string take() {
        std::string text = words();
        all.clear();
        return text;
    }

    std::vector<Report> all;
};

class Bench {
 public:
    explicit Bench(std::uint64_t seed = 1) : sam(port, seed) { reader.start(reports, now()); }

    Now now() const { return {.mono = mono, .wall = Wall{}, .wall_trusted = false}; }
    // Everything due until then, in simulated time.
    void run(milliseconds duration) {
        const Mono end = mono + duration;
        for (int turns = 0; turns < 1'000'000; ++turns) {
            const Mono next = std::min(sam.next_deadline(), reader.next_deadline());
            if (next > end) break;
            mono = std::max(mono, next);
            if (sam.next_deadline() <= mono) sam.advance(now());
            if (reader.next_deadline() <= mono) reader.advance(now());
        }
        mono = end;
    }
    // Until the reader is online and idle; forgets what was reported on the way.
    void boot() {
        run(milliseconds{1500});
        reports.all.clear();
    }

    Mono mono{seconds{10}};
    simulated::BytePort port;
    simulated::SamReader sam;
    IdCardReader reader{port, milliseconds{200}};
    Reports reports;
};

inline Credential credential_of(const simulated::SimulatedCard& card, CredentialKind kind) {
    return {kind, std::string(card.number.begin(), card.number.end())};
}

}  // namespace yizhan
