// An alarm stands while what it tells of is so, as the world has it, and not any longer.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "firmware/control/documents.h"
#include "firmware/station/alarm_kinds.h"
#include "tests/simulator/oracles/lasting.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class StandingAlarms final : public Oracle {
 public:
    explicit StandingAlarms(const Scene& scene) : Oracle(scene) {
        about_the_station();
        for (std::size_t i = 0; i < scene.config().doors.size(); ++i) about_door(i);
        for (std::size_t i = 0; i < scene.config().readers.size(); ++i) about_reader(i);
        for (std::size_t i = 0; i < scene.config().outlets.size(); ++i) about_outlet(i);
        for (std::size_t i = 0; i < scene.config().inputs.size(); ++i) about_input(i);
    }
    std::string_view name() const override { return "standing-alarms"; }

    void every_second(Mono at) override {
        if (!scene_.up()) return;
        for (Rule& rule : rules_) look(rule, at);
    }

 private:
    static constexpr seconds look_again{2};  // the world is looked at once a second
    static constexpr seconds output_written{1};
    static constexpr seconds level_read{3};  // after it could not be
    static constexpr seconds asked_again{5};  // a meter, a thermometer
    static constexpr seconds reader_alarm_after{15};  // ten from when it is noticed that one hangs
    static constexpr seconds input_alarm_after{10};
    static constexpr seconds uplink_alarm_after{60};
    static constexpr seconds uplink_connects_in{60};
    static constexpr minutes clock_alarm_after{10};
    static constexpr int warm_celsius = 60;
    static constexpr int cooled_celsius = 50;

    struct Rule {
        Alarm alarm;  // its kind, and whom it is about
        milliseconds rises;
        milliseconds clears;
        std::function<std::optional<bool>()> is_so;  // none: nobody can tell
        std::function<Mono()> known_since = [] { return Mono{}; };
        Lasting missing = {};
        Lasting mistaken = {};
    };

    void look(Rule& rule, Mono at) {
        const bool stands = scene_.state().standing(rule.alarm) != nullptr;
        const auto is_so = rule.is_so();
        rule.missing.see(is_so == true && !stands, at);
        rule.mistaken.see(is_so == false && stands, at);
        const Mono known = std::max(scene_.up_since, rule.known_since());
        const auto says = [&](std::string_view what) {
            wrong(fmt::format("alarm {} {}", alarm_name(rule.alarm, scene_.config()), what));
        };
        if (rule.missing.longer_than(rule.rises + look_again, known, at)) says("is not raised");
        if (rule.mistaken.longer_than(rule.clears + look_again, known, at)) says("stays");
    }

    bool takes_levels(const LineName& line) const { return scene_.station.world->gpio().takes_levels(line); }
    bool is_away(const LineName& line) const { return scene_.faults.is_unplugged(line.chip); }

    void about_output(Alarm alarm, const LineName& line) {
        alarm.kind = AlarmKind::output_fault;
        rules_.push_back({.alarm = alarm, .rises = output_written, .clears = output_written, .is_so = [this, line] {
                              return !takes_levels(line);
                          }});
    }

    void about_the_station() {
        if (const auto& contactor = scene_.site.settings.contactor) about_output({}, contactor->line);
        rules_.push_back({.alarm = {.kind = AlarmKind::fire},
                          .rises = milliseconds{0},
                          .clears = milliseconds{0},
                          .is_so =
                              [this] {
                                  return std::ranges::any_of(scene_.site.fires, [this](std::size_t input) {
                                      return scene_.station.world->input_active(input);
                                  });
                              },
                          .known_since = [this] { return scene_.faults.inputs_undisturbed_since(InputKind::fire); }});
        // A list is there, in every world.
        rules_.push_back({.alarm = {.kind = AlarmKind::no_member_list},
                          .rises = milliseconds{0},
                          .clears = milliseconds{0},
                          .is_so = [] { return false; }});
        rules_.push_back({.alarm = {.kind = AlarmKind::clock_untrusted},
                          .rises = clock_alarm_after,
                          .clears = milliseconds{0},
                          .is_so = [this] { return !scene_.station.scheduler.now().wall_trusted; },
                          .known_since = [this] { return scene_.faults.clock_trusted_at(); }});
        rules_.push_back({.alarm = {.kind = AlarmKind::uplink},
                          .rises = uplink_alarm_after + seconds{5},
                          .clears = uplink_connects_in,
                          .is_so = [this] { return is_unheard(); }});
    }
    std::optional<bool> is_unheard() {
        if (scene_.station.uplink == nullptr) return false;
        // One that hangs can tell nobody; its own watchdog ends it.
        if (scene_.station.uplink_connector->client_is_stalled()) return std::nullopt;
        const auto& broker = scene_.station.broker;
        const auto connects = broker.connects();
        if (std::exchange(connects_, connects) != connects) return std::nullopt;
        if (broker.connections() == 0) return true;
        return broker.faults.stalled ? std::nullopt : std::optional(false);
    }

    void about_door(std::size_t door) {
        const Alarm alarm{.door = static_cast<DoorIndex>(door)};
        const DoorHardware& hardware = scene_.site.settings.doors[door];
        about_output(alarm, hardware.lock.output.line);
        rules_.push_back({.alarm = {.kind = AlarmKind::input_fault, .door = alarm.door},
                          .rises = input_alarm_after,
                          .clears = level_read,
                          .is_so = [this, &hardware] {
                              const auto& button = hardware.exit_button;
                              return is_away(hardware.contact->line) || (button && is_away(button->line));
                          }});
    }

    // That it is well again a card shows, and not the reader alone.
    void about_reader(std::size_t which) {
        rules_.push_back({.alarm = {.kind = AlarmKind::reader_fault, .reader = static_cast<ReaderIndex>(which)},
                          .rises = reader_alarm_after,
                          .clears = milliseconds{0},
                          .is_so = [this, which, gone = std::uint64_t{0}] mutable -> std::optional<bool> {
                              const Reader& reader = scene_.site.readers[which];
                              if (reader.wiegand() != nullptr && is_away(reader.wiegand()->d0)) return true;
                              const auto* model = reader.id_card();
                              const auto times = model != nullptr ? model->times_gone() : 0;
                              // One that came back and went again has not been away all the time.
                              const bool same = std::exchange(gone, times) == times;
                              const bool away = !reader.attached() || (model != nullptr && model->hangs());
                              return same && away ? std::optional(true) : std::nullopt;
                          }});
    }

    void about_outlet(std::size_t which) {
        const Alarm alarm{.outlet = static_cast<OutletIndex>(which)};
        const OutletHardware& hardware = scene_.site.settings.outlets[which];
        about_output(alarm, hardware.relay.line);
        const bool felt = hardware.thermometer.has_value();
        rules_.push_back({.alarm = {.kind = AlarmKind::meter_silent, .outlet = alarm.outlet},
                          .rises = std::max<milliseconds>(hardware.limits.silent_after, hardware.heat.silent_after),
                          .clears = asked_again,
                          .is_so =
                              [this, which, felt, counts = hardware.follows_power()] {
                                  const auto& world = *scene_.station.world;
                                  return (counts && world.meter_is_silent(which)) ||
                                         (felt && world.thermometer_is_silent(which));
                              },
                          .known_since = [this, which] { return scene_.faults.measuring_unchanged_since(which); }});
        if (!felt) return;
        rules_.push_back({.alarm = {.kind = AlarmKind::too_hot, .outlet = alarm.outlet},
                          .rises = asked_again,
                          .clears = asked_again,
                          .is_so = [this, which]() -> std::optional<bool> {
                              const auto& world = *scene_.station.world;
                              const int celsius = world.socket_celsius(which);
                              const bool between = celsius >= cooled_celsius && celsius < warm_celsius;
                              if (world.thermometer_is_silent(which) || between) return std::nullopt;
                              return celsius >= warm_celsius;
                          }});
    }

    void about_input(std::size_t input) {
        const auto index = static_cast<InputIndex>(input);
        const LineName* line = scene_.station.world->input_line(input);
        const bool wired = line != nullptr;
        rules_.push_back({.alarm = {.kind = AlarmKind::input_fault, .input = index},
                          .rises = wired ? input_alarm_after : input_alarm_after + seconds{10},
                          .clears = wired ? level_read : asked_again,
                          .is_so = [this, input, line] {
                              return line != nullptr ? is_away(*line) : scene_.station.world->input_is_silent(input);
                          }});
        const AlarmKind kind = alarm_of(scene_.config().inputs[input].kind);
        if (kind == AlarmKind::none) return;
        rules_.push_back({.alarm = {.kind = kind, .input = index},
                          .rises = wired ? milliseconds{0} : asked_again,
                          .clears = wired ? milliseconds{0} : asked_again,
                          .is_so = [this, input, kind]() -> std::optional<bool> {
                              const bool active = scene_.station.world->input_active(input);
                              // What is latched waits for somebody.
                              return active || !is_latched(kind) ? std::optional(active) : std::nullopt;
                          },
                          .known_since = [this, input] { return scene_.faults.input_undisturbed_since(input); }});
    }

    std::vector<Rule> rules_;
    std::uint64_t connects_ = 0;  // of the broker
};

}  // namespace

std::unique_ptr<Oracle> standing_alarms(const Scene& scene) { return std::make_unique<StandingAlarms>(scene); }

}  // namespace yizhan::simulator
