// What the collector says of itself, for Prometheus: GET /metrics.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "drivers/ports/event_loop.h"
#include "hal/error.h"
#include "tools/collector/collector.h"

namespace yizhan::collector {

// In Prometheus' text form 0.0.4. No name of a station, of which there are many.
std::string metrics_text(const Collector& collector);

// Answers on the loop, in turns of its own. At most 16 connections, each for 10 s.
class MetricsServer {
 public:
    // `text` is asked for each answer.
    static Result<std::unique_ptr<MetricsServer>> start(SdEventLoop& loop, const std::string& address,
                                                        std::uint16_t port, std::function<std::string()> text);
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;
    ~MetricsServer();

    struct Daemon;

 private:
    explicit MetricsServer(std::unique_ptr<Daemon> daemon);
    std::unique_ptr<Daemon> daemon_;
};

}  // namespace yizhan::collector
