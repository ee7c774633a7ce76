#include "tests/scenario/whole_station.h"

#include <gtest/gtest.h>

#include "tools/stationd_demo/cast.h"

namespace yizhan::testing {
namespace {

std::string settings_of(const WholeStationOptions& options) {
    auto text = source_text(options.settings);
    return options.edit ? options.edit(std::move(text)) : text;
}

}  // namespace

WholeStation::WholeStation(const WholeStationOptions& options)
    : SimulatedStation(
          {.seed = options.seed, .settings_text = settings_of(options), .members_csv = simulated::members_csv()}) {
    broker.observe("yizhan/v1/#", [this](const simulated::BrokerMessage& message) { collect(message); });
}

WholeStation::~WholeStation() {
    kill_uplink();
    kill_stationd();
}

void WholeStation::start_all() {
    ASSERT_TRUE(start_stationd()) << troubles.back().what;
    start_uplink();
    run(seconds{3});
}

void WholeStation::swipe(std::size_t reader, const std::string& card) {
    const auto before = sound->said().size();
    world->id_card_reader(reader).present(*simulated::card_of(card));
    const bool noticed = comes([&] { return sound->said().size() > before; });
    EXPECT_TRUE(noticed) << "no answer to the card of the " << card;
    run(milliseconds{300});
    world->id_card_reader(reader).remove();
    run(seconds{1});  // long enough away to be a new presentation the next time
}

void WholeStation::push_door() {
    EXPECT_TRUE(world->door(0).push(scheduler.now().mono)) << "the door is locked";
    const auto open = [&] { return std::holds_alternative<DoorOpen>(station().state().doors[0].phase); };
    EXPECT_TRUE(comes(open));
    world->door(0).pull_close(scheduler.now().mono);
    EXPECT_TRUE(comes([&] { return !open(); }));
    run(seconds{1});
}

void WholeStation::visit_begins(const std::string& card) {
    swipe(at_entry, card);
    push_door();
}

void WholeStation::visit_ends(const std::string& card) {
    swipe(at_exit, card);
    push_door();
}

Outcome WholeStation::last_said() const { return sound->said().empty() ? Outcome::none : sound->said().back().outcome; }

std::vector<Outcome> WholeStation::said() const {
    std::vector<Outcome> all;
    for (const auto& sentence : sound->said()) all.push_back(sentence.outcome);
    return all;
}

void WholeStation::collect(const simulated::BrokerMessage& message) {
    everything += message.payload + "\n";
    if (message.topic != "yizhan/v1/" + settings.station.id + "/event") return;
    const json batch = json::parse(message.payload);
    for (const json& record : batch.at("records")) {
        const auto seq = record.at("seq").get<std::uint64_t>();
        const bool fresh = received.emplace(std::pair{batch.at("epoch").get<std::uint32_t>(), seq}, record).second;
        if (fresh) {
            order.push_back(seq);
        } else {
            ++duplicates;
        }
    }
}

const json* WholeStation::delivered(const std::string& type) const {
    const json* newest = nullptr;
    for (const auto& [id, record] : received) {
        if (record.at("type") == type) newest = &record;
    }
    return newest;
}

bool WholeStation::alarm_at_centre(const std::string& name) const {
    const auto alarm = broker.retained("yizhan/v1/" + settings.station.id + "/alarm/" + name);
    return alarm.has_value() && !alarm->empty();
}

}  // namespace yizhan::testing
