// Whoever presents a card sees and hears what became of it: lamps and buzzer of the reader change with the decision.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Lamps final : public Oracle {
 public:
    explicit Lamps(const Scene& scene) : Oracle(scene), readers_(scene.config().readers.size()) {
        for (std::size_t i = 0; i < readers_.size(); ++i) {
            const ReaderHardware& hardware = scene.site.settings.readers[i];
            const std::array<const std::optional<OutputSettings>*, 3> fitted{&hardware.green, &hardware.red,
                                                                             &hardware.buzzer};
            for (std::size_t lamp = 0; lamp < fitted.size(); ++lamp) {
                if (*fitted[lamp]) watch(readers_[i].lamps[lamp], **fitted[lamp]);
            }
        }
    }
    std::string_view name() const override { return "lamps"; }

    void on_action(const Action& action, Now now) override {
        look(now.mono);
        if (const auto* show = std::get_if<ShowAtReader>(&action)) {
            AtReader& at = readers_[static_cast<std::size_t>(show->reader)];
            at.shown = Shown{text_of(show->outcome).cue, now.mono};
            // Nor are they told again when it is put back.
            if (std::ranges::any_of(at.lamps, [this](const Lamp& lamp) { return is_away(lamp); })) at.shown.reset();
        }
        // What goes on at its door goes before.
        if (const auto* show = std::get_if<ShowAtDoor>(&action)) {
            for (std::size_t i = 0; i < readers_.size(); ++i) {
                if (scene_.config().readers[i].door == show->door) readers_[i].shown.reset();
            }
        }
    }
    void on_died(Mono) override {
        for (AtReader& at : readers_) at.shown.reset();
    }
    void every_second(Mono at) override { look(at); }

 private:
    struct Lamp {
        const OutputSettings* output = nullptr;  // null: none is fitted
        bool lit = false;
    };
    struct Shown {
        Cue cue;
        Mono at;
    };
    struct AtReader {
        std::array<Lamp, 3> lamps;  // green, red, buzzer
        std::optional<Shown> shown;
    };

    void watch(Lamp& lamp, const OutputSettings& output) {
        lamp.output = &output;
        scene_.station.world->gpio().observe(output.line, [this, &lamp, &output](bool high) {
            look(scene_.station.scheduler.now().mono);
            lamp.lit = high == output.active_high;
        });
    }

    // With its board.
    bool is_away(const Lamp& lamp) const {
        return lamp.output != nullptr && scene_.faults.is_unplugged(lamp.output->line.chip);
    }
    // As they were left in the moment in which it was shown.
    void look(Mono now) {
        for (std::size_t i = 0; i < readers_.size(); ++i) {
            if (!readers_[i].shown || readers_[i].shown->at >= now) continue;
            const Cue cue = std::exchange(readers_[i].shown, std::nullopt)->cue;
            const bool yes = cue == Cue::yes || cue == Cue::yes_slow;
            const std::array lit{yes, !yes && cue != Cue::none, cue != Cue::none};
            for (std::size_t lamp = 0; lamp < lit.size(); ++lamp) {
                const Lamp& fitted = readers_[i].lamps[lamp];
                if (fitted.output == nullptr || is_away(fitted)) continue;
                if (fitted.lit != lit[lamp]) wrong(fmt::format("reader {} does not show what became of a card", i));
            }
        }
    }

    std::vector<AtReader> readers_;
};

}  // namespace

std::unique_ptr<Oracle> lamps(const Scene& scene) { return std::make_unique<Lamps>(scene); }

}  // namespace yizhan::simulator
