#include "firmware/failsafe/safe_outputs.h"

namespace yizhan {

std::vector<SafeOutput> safe_outputs(const Settings& settings) {
    std::vector<SafeOutput> outputs;
    const auto off = [&](const std::optional<OutputSettings>& output) {
        if (output) outputs.push_back({output->line, !output->active_high});
    };
    for (const DoorHardware& door : settings.doors) {
        // A maglock holds the door while it is energised, a strike while it is not.
        const bool secure_when_energised = door.lock.type == LockType::maglock;
        const bool energised = secure_when_energised == (door.lock.failure == LockFailure::secure);
        outputs.push_back({door.lock.output.line, energised == door.lock.output.active_high});
    }
    off(settings.contactor);
    for (const OutletHardware& outlet : settings.outlets) {
        off(outlet.relay);
        off(outlet.lamp);
    }
    for (const ReaderHardware& reader : settings.readers) {
        off(reader.green);
        off(reader.red);
        off(reader.buzzer);
    }
    return outputs;
}

}  // namespace yizhan
