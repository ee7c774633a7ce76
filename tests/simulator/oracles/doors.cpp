// What is recorded of a door's leaf happened: no opening of a closed door, no closing of an open one.
#include <fmt/format.h>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Doors final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "doors"; }

    void on_record(const Record& record, Now now) override {
        const bool opened = record.type == RecordType::door_opened;
        if (!opened && record.type != RecordType::door_closed) return;
        const auto door = static_cast<std::size_t>(*record.door);
        // A cut wire goes on telling what it told last, and afterwards what has happened meanwhile.
        if (scene_.faults.contact_lies(door)) return;
        const auto& leaf = scene_.station.world->door(door);
        if (leaf.open() != opened && now.mono - leaf.moved_at() > settled) {
            wrong(fmt::format("door {} is {}, and recorded as {}", door, leaf.open() ? "open" : "closed",
                              opened ? "opened" : "closed"));
        }
    }

 private:
    // A contact bounces, and stays the same for its time, before it is believed.
    static constexpr milliseconds settled{500};
};

}  // namespace

std::unique_ptr<Oracle> doors(const Scene& scene) { return std::make_unique<Doors>(scene); }

}  // namespace yizhan::simulator
