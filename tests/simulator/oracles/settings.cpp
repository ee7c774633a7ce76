// Settings that were handed over are in force, and the log says since when.
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class SettingsInForce final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "settings"; }

    void on_record(const Record& record, Now now) override {
        if (record.type == RecordType::settings_loaded) loaded_at_ = now.mono;
    }
    // Too much to read at once: that was told, and is tried again by whoever hears it.
    void on_trouble(const Error& error) override {
        if (error.what.starts_with("settings not reloaded")) loaded_at_ = scene_.station.scheduler.now().mono;
    }
    void every_second(Mono at) override {
        if (scene_.unrecorded()) unrecorded_at_ = at;
        const Mono handed = scene_.faults.good_settings_at();
        // In a full log nothing says since when.
        if (!scene_.up_from(handed) || unrecorded_at_ >= handed || scene_.faults.disk_undisturbed_since() > handed)
            return;
        if (at - handed > patience && loaded_at_ < handed)
            wrong("good settings were handed over, and are not in force");
    }

 private:
    static constexpr seconds patience{10};
    Mono loaded_at_;
    Mono unrecorded_at_;
};

}  // namespace

std::unique_ptr<Oracle> settings(const Scene& scene) { return std::make_unique<SettingsInForce>(scene); }

}  // namespace yizhan::simulator
