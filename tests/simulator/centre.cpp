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
    epoch_ = epoch;
    Feed& feed = feeds_[epoch];
    if (first > feed.stored + 1) return ask();
    feed.stored = std::max(feed.stored, last);
    feed.most_stored = std::max(feed.most_stored, feed.stored);
    // A commit takes its time, and what it says then may be heard by nobody, or twice.
    const int odd = dice_.one_in(2) ? 0 : 2;
    for (int times = loses && dice_.one_in(8) ? odd : 1; times > 0; --times) {
        scheduler_.after(milliseconds{5 + dice_.below(300)}, [this, epoch] { acknowledge(epoch); });
    }
    // Another collector of the group may say only now what it has of a log that has been replaced.
    if (feeds_.begin()->first != epoch && dice_.one_in(4)) {
        scheduler_.after(milliseconds{5 + dice_.below(300)},
                         [this, before = feeds_.begin()->first] { acknowledge(before); });
    }
}

void Centre::acknowledge(std::uint32_t epoch) {
    broker_.publish(root_ + "event/ack", fmt::format(R"({{"epoch":{},"upto":{}}})", epoch, feeds_[epoch].stored),
                    false);
}

void Centre::ask() {
    if (std::exchange(asks_, true)) return;
    scheduler_.after(seconds{2}, [this] {
        asks_ = false;
        skip_what_is_gone();
        const auto from = feeds_[epoch_].stored + 1;
        broker_.publish(root_ + "event/resend", fmt::format(R"({{"epoch":{},"from":{},"to":{}}})", epoch_, from, from),
                        false);
    });
}

// A station whose log is full has deleted what it had delivered, and a backup may lack it.
void Centre::skip_what_is_gone() {
    const auto state = broker_.retained(root_ + "state");
    if (!state || state->empty()) return;
    const auto log = nlohmann::json::parse(*state).at("log");
    if (log.at("epoch") != epoch_) return;
    auto& stored = feeds_[epoch_].stored;
    stored = std::max(stored, log.at("first").get<std::uint64_t>() - 1);
}

void Centre::restore_a_backup() {
    auto& stored = feeds_[epoch_].stored;
    stored -= std::min(stored, dice_.below(200));
    ask();
}

}  // namespace yizhan::simulator
