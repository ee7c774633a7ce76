// What is connected where, for first aid: the settings say what a line is for, the lines themselves what they do.
#include "firmware/stationd/program.h"

namespace yizhan {
namespace {

std::string text(const LineName& name) { return name.chip + ":" + name.line; }

WireRole role_of(InputKind kind) {
    switch (kind) {
        case InputKind::fire:
            return WireRole::fire;
        case InputKind::tamper:
            return WireRole::tamper;
        case InputKind::presence:
            return WireRole::presence;
        case InputKind::help:
            return WireRole::help;
        case InputKind::smoke:
            return WireRole::smoke;
        case InputKind::water_leak:
            return WireRole::water_leak;
        case InputKind::mains_lost:
            return WireRole::mains_lost;
        case InputKind::battery_low:
            return WireRole::battery_low;
        case InputKind::too_hot:
            return WireRole::too_hot;
        case InputKind::too_cold:
            return WireRole::too_cold;
    }
    return WireRole::presence;
}

class WiringBuilder {
 public:
    WiringBuilder(const WatchedGpio& gpio, Now now) : gpio_(gpio), now_(now) {}

    void add(const std::string& of, WireRole role, const LineName& line, bool active_high, std::uint64_t gaps = 0) {
        LineActivity seen = gpio_.activity(line, now_);
        wiring_.wires.push_back({.line = text(line),
                                 .role = role,
                                 .of = of,
                                 .active_high = active_high,
                                 .high = seen.high,
                                 .problem = std::move(seen.problem),
                                 .edges = seen.edges,
                                 .per_minute = seen.per_minute,
                                 .last_edge = seen.last_edge,
                                 .errors = seen.errors + gaps});
    }
    void add(const std::string& of, WireRole role, const std::optional<OutputSettings>& output) {
        if (output) add(of, role, output->line, output->active_high);
    }
    void add(const std::string& of, WireRole role, const std::optional<InputSettings>& input, const Contact* contact) {
        if (input) add(of, role, input->line, input->active_high, contact != nullptr ? contact->status().gaps : 0);
    }
    WiredReader& add_reader(const std::string& name, ReaderKind kind, std::string port) {
        return wiring_.readers.emplace_back(
            WiredReader{.name = name, .kind = kind, .port = std::move(port), .status = {}, .last_card = {}});
    }
    WiredReader& add(const std::string& name, const IdCardReaderSettings& settings) {
        return add_reader(name, ReaderKind::id_card, settings.port);
    }
    WiredReader& add(const std::string& name, const WiegandReaderSettings& settings) {
        add(name, WireRole::d0, settings.d0, false);
        add(name, WireRole::d1, settings.d1, false);
        return add_reader(name, ReaderKind::wiegand, text(settings.d0) + " " + text(settings.d1));
    }
    WiredReader& add(const std::string& name, const ContactlessReaderSettings& settings) {
        return add_reader(name, ReaderKind::contactless, settings.port);
    }
    WiredReader& add(const std::string& name, const KeyboardReaderSettings& settings) {
        return add_reader(name, ReaderKind::keyboard, settings.device);
    }
    Wiring take() { return std::move(wiring_); }

 private:
    const WatchedGpio& gpio_;
    Now now_;
    Wiring wiring_;
};

}  // namespace

Wiring StationProgram::wiring() const {
    WiringBuilder build(*gpio_, machine_.loop.now());
    const StationConfig& names = settings_->station;
    for (std::size_t i = 0; i < settings_->doors.size(); ++i) {
        const DoorHardware& door = settings_->doors[i];
        const LockSettings& lock = door.lock;
        // An energised maglock is secure.
        const bool released_high = (lock.type == LockType::strike) == lock.output.active_high;
        build.add(names.doors[i].name, WireRole::lock, lock.output.line, released_high);
        build.add(names.doors[i].name, WireRole::contact, door.contact, hardware_.door_contacts[i].get());
        build.add(names.doors[i].name, WireRole::exit_button, door.exit_button, hardware_.exit_buttons[i].get());
    }
    for (std::size_t i = 0; i < settings_->inputs.size(); ++i) {
        const auto* wired = std::get_if<InputSettings>(&settings_->inputs[i]);
        if (wired == nullptr) continue;  // a thermometer has no line of its own
        build.add(names.inputs[i].name, role_of(names.inputs[i].kind), *wired, hardware_.inputs[i].get());
    }
    for (std::size_t i = 0; i < settings_->readers.size(); ++i) {
        const ReaderHardware& reader = settings_->readers[i];
        const std::string& name = names.readers[i].name;
        WiredReader& wired =
            std::visit([&](const auto& kind) -> WiredReader& { return build.add(name, kind); }, reader.reader);
        wired.status = hardware_.readers[i]->status();
        wired.last_card = last_cards_[i];
        build.add(name, WireRole::green, reader.green);
        build.add(name, WireRole::red, reader.red);
        build.add(name, WireRole::buzzer, reader.buzzer);
    }
    build.add("outlets", WireRole::contactor, settings_->contactor);
    for (std::size_t i = 0; i < settings_->outlets.size(); ++i) {
        build.add(names.outlets[i].name, WireRole::relay, settings_->outlets[i].relay.line,
                  settings_->outlets[i].relay.active_high);
        build.add(names.outlets[i].name, WireRole::lamp, settings_->outlets[i].lamp);
    }
    return build.take();
}

}  // namespace yizhan
