// Everything arrives at the centre at least once, in order, and what comes twice is the same.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Delivery final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "delivery"; }

    void on_message(const simulated::BrokerMessage& message) override {
        if (!message.topic.ends_with("/event")) return;
        const auto batch = nlohmann::json::parse(message.payload);
        const auto epoch = batch.at("epoch").get<std::uint32_t>();
        for (const auto& record : batch.at("records")) {
            const auto seq = record.at("seq").get<std::uint64_t>();
            const auto hash = std::hash<std::string>{}(record.dump());
            if (epoch != epoch_) {
                epoch_ = epoch;
                first_ = seq;
                seen_.clear();
            }
            if (seq < first_) continue;
            const auto at = static_cast<std::size_t>(seq - first_);
            if (at > seen_.size()) return wrong(fmt::format("record {} came before {}", seq, first_ + seen_.size()));
            if (at == seen_.size()) {
                seen_.push_back(hash);
            } else if (seen_[at] != hash) {
                return wrong(fmt::format("record {} came twice, and not the same", seq));
            }
        }
    }
    void at_end(Mono) override {
        const auto last = scene_.station.stationd ? scene_.station.station().state().seq : 0;
        if (first_ + seen_.size() != last + 1) {
            wrong(fmt::format("the centre has records to {} of {}", first_ + seen_.size() - 1, last));
        }
    }

 private:
    std::uint32_t epoch_ = 0;
    std::uint64_t first_ = 1;
    std::vector<std::size_t> seen_;  // a hash of each, from first_
};

}  // namespace

std::unique_ptr<Oracle> delivery(const Scene& scene) { return std::make_unique<Delivery>(scene); }

}  // namespace yizhan::simulator
