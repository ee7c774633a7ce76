#include "tests/simulator/centre.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace yizhan::simulator {

Centre::Centre(simulated::Scheduler& scheduler, simulated::MqttBroker& broker, std::string station, std::uint64_t seed)
    : scheduler_(scheduler),
      broker_(broker),
      root_(fmt::format("yizhan/v1/{}/", std::move(station))),
      dice_(seed ^ 0xce47e) {
    broker_.observe(root_ + "event", [this](const simulated::BrokerMessage& message) {
        if (!away && !(loses && dice_.one_in(8))) on_batch(message.payload);
    });
}

void Centre::on_batch(const std::string& payload) {
    const auto batch = nlohmann::json::parse(payload);
    const auto epoch = batch.at("epoch").get<std::uint32_t>();
    const auto first = batch.at("records").front().at("seq").get<std::uint64_t>();
    const auto last = batch.at("records").back().at("seq").get<std::uint64_t>();
    if (epoch != epoch_) {
        epoch_ = epoch;
        stored_ = most_stored_ = 0;
    }
    if (first > stored_ + 1) return ask();
    stored_ = std::max(stored_, last);
    most_stored_ = std::max(most_stored_, stored_);
    // A commit takes its time, and what it says then may be heard by nobody, or twice.
    const int odd = dice_.one_in(2) ? 0 : 2;
    for (int times = loses && dice_.one_in(8) ? odd : 1; times > 0; --times) {
        scheduler_.after(milliseconds{5 + dice_.below(300)}, [this] { acknowledge(); });
    }
}

void Centre::acknowledge() {
    broker_.publish(root_ + "event/ack", fmt::format(R"({{"epoch":{},"upto":{}}})", epoch_, stored_), false);
}

void Centre::ask() {
    if (std::exchange(asks_, true)) return;
    scheduler_.after(seconds{2}, [this] {
        asks_ = false;
        const auto from = stored_ + 1;
        broker_.publish(root_ + "event/resend", fmt::format(R"({{"epoch":{},"from":{},"to":{}}})", epoch_, from, from),
                        false);
    });
}

void Centre::restore_a_backup() {
    // Never so old that a station whose log is full has deleted what is missing in it.
    constexpr std::uint64_t oldest = 1000;
    stored_ -= std::min(stored_, dice_.below(200));
    stored_ = std::max(stored_, most_stored_ - std::min(most_stored_, oldest));
    ask();
}

}  // namespace yizhan::simulator
