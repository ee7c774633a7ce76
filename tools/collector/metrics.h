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

// Answers on the loop, in turns of its own. At most 16 connections, each closed when nothing comes for a while.
class MetricsServer : private LoopMember {
 public:
    // `text` is asked for each answer.
    static Result<std::unique_ptr<MetricsServer>> start(SdEventLoop& loop, const std::string& address,
                                                        std::uint16_t port, std::function<std::string()> text,
                                                        seconds patience = seconds{10});
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;
    ~MetricsServer() override;

    struct Daemon;

 private:
    MetricsServer(SdEventLoop& loop, std::unique_ptr<Daemon> daemon);
    Mono next_deadline() const override { return deadline_; }
    void advance(Now now) override;
    void serve(Now now);

    SdEventLoop& loop_;
    std::unique_ptr<Daemon> daemon_;
    Mono deadline_ = never;  // libmicrohttpd closes what is silent only when it is called. Never: nobody came yet
};

}  // namespace yizhan::collector
