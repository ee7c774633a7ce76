// A station with its uplink, and a collector, over real brokers, on a loop of the test.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/mqtt/mosquitto_client.h"
#include "drivers/ports/stream.h"
#include "firmware/uplink/uplink.h"
#include "tests/broker/real_broker.h"
#include "tests/unit/uplink/fake_stationd.h"
#include "tools/collector/collector.h"

namespace yizhan::collector {

inline std::optional<BrokerAddress> address_of(const BrokerProcess* broker) {
    if (broker == nullptr) return std::nullopt;
    return BrokerAddress{.host = broker->address(), .port = broker->port()};
}

// One station and its uplink.
struct RealStation {
    RealStation(SdEventLoop& loop, Random& random, const ScratchDirectory& scratch, const BrokerProcess& broker,
                const BrokerProcess* second = nullptr)
        : server(UnixServer::listen(loop, {.path = scratch.file("control.sock"), .group = {}}).value()),
          stationd(loop, *server),
          connector(loop, scratch.file("control.sock"), std::size_t{1} << 20),
          client(loop),
          uplink(loop, connector, client, random,
                 {.station = "test",
                  .broker = {.host = broker.address(), .port = broker.port()},
                  .second_broker = address_of(second),
                  .delivery = Delivery::collector,
                  .catch_up_rate = 1'000'000},
                 [](const Error&) {}) {
        uplink.start();
    }
    std::unique_ptr<UnixServer> server;
    FakeStationd stationd;
    UnixConnector connector;
    MosquittoClient client;
    Uplink uplink;
};

struct RealCollector {
    RealCollector(SdEventLoop& loop, Random& random, const std::string& where, const BrokerProcess& broker,
                  const std::string& name, const std::string& group, const BrokerProcess* second = nullptr)
        : client(loop),
          collector(
              loop, client, random, [where] { return open_sql(where); },
              {.name = name,
               .group = group,
               .broker = {.host = broker.address(), .port = broker.port()},
               .second_broker = address_of(second)},
              [](const Error&) {}) {}
    MosquittoClient client;
    Collector collector;
};

}  // namespace yizhan::collector
