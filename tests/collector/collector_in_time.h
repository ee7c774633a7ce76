// A station's uplink, a broker and the collector, in simulated time, over a database that is real.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/collector/databases.h"
#include "tests/unit/uplink/uplink_world.h"
#include "tools/collector/collector.h"

namespace yizhan::collector {

class CollectorInTime : public UplinkWorld {
 protected:
    CollectorInTime() { options.delivery = Delivery::collector; }
    ~CollectorInTime() override { kill_collector(); }

    void start_collector() {
        collector_loop = std::make_unique<simulated::EventLoop>(scheduler);
        collector_client = std::make_unique<simulated::MqttClient>(*collector_loop, broker);
        collector = std::make_unique<Collector>(
            *collector_loop, *collector_client, random,
            [this]() -> Result<std::unique_ptr<SqlDatabase>> {
                if (database_away) return failure("the database is away");
                return open_sql(where());
            },
            CollectorOptions{.name = "one", .group = {}, .broker = {.host = "broker.example"}},
            [this](const Error& error) { collector_told.push_back(error.what); });
    }
    void kill_collector() {
        collector.reset();
        collector_client.reset();
        collector_loop.reset();
    }
    std::string where() const { return "sqlite:" + directory.file("records.db"); }
    std::uint64_t stored() const {
        auto database = open_sql(where()).value();
        const auto rows = database->run("SELECT count(*), max(seq) FROM record");
        if (!rows) return 0;
        // Each once, and none missing.
        EXPECT_EQ(rows->integer(0, 0), rows->integer(0, 1));
        return static_cast<std::uint64_t>(rows->integer(0, 0));
    }
    std::size_t told(const std::string& what) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(collector_told, [&](const auto& line) { return line.find(what) != line.npos; }));
    }

    ScratchDirectory directory;
    bool database_away = false;
    std::unique_ptr<simulated::EventLoop> collector_loop;
    std::unique_ptr<simulated::MqttClient> collector_client;
    std::unique_ptr<Collector> collector;
    std::vector<std::string> collector_told;
};

}  // namespace yizhan::collector
