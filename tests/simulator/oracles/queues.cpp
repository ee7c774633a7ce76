// No queue over its bound: records that wait for the disk, messages that wait for the centre, bytes for the uplink.
#include <fmt/format.h>

#include "firmware/control/protocol.h"
#include "firmware/uplink/broker_link.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Queues final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "queues"; }

    // Fewer tools are there at once than the station lets in.
    void on_reply(std::string_view text) override {
        if (text.find("too many clients") != std::string_view::npos)
            wrong("a tool was sent away: " + std::string(text));
    }
    void every_second(Mono) override {
        auto& station = scene_.station;
        if (scene_.up()) {
            bounded("records that wait for the disk", station.stationd->log().waiting(), LogWriter::ring_capacity);
        }
        if (station.uplink_connector != nullptr) {
            bounded("bytes for the uplink", station.uplink_connector->most_waiting(), control_send_limit);
        }
        bounded("ends of tools' connections", station.tool_ends(), 4 * testing::SimulatedStation::most_tools);
        bounded("messages the broker has not answered", station.broker.unanswered(), BrokerLink::most_unanswered);
    }

 private:
    void bounded(std::string_view what, std::size_t size, std::size_t bound) {
        if (size > bound) wrong(fmt::format("{}: {}, at most {}", what, size, bound));
    }
};

}  // namespace

std::unique_ptr<Oracle> queues(const Scene& scene) { return std::make_unique<Queues>(scene); }

}  // namespace yizhan::simulator
