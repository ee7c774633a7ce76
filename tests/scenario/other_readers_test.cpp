// Readers other than those for ID cards, from the card to what the person is told.
#include <gtest/gtest.h>

#include "tests/scenario/whole_station.h"

namespace yizhan::testing {
namespace {

// The demo with another reader at its entry.
WholeStationOptions entry_with(const std::string& type_and_keys) {
    return {.edit = [type_and_keys](std::string text) {
        const std::string id_card = "type = \"id-card\"\nport = \"usb:1-1\"\n";
        return text.replace(text.find(id_card), id_card.size(), type_and_keys);
    }};
}

Outcome told(WholeStation& whole, std::uint64_t number) {
    const auto done =
        whole.world->command({{"target", "card"}, {"name", "front-in"}, {"action", "present"}, {"number", number}},
                             whole.scheduler.now().mono);
    EXPECT_TRUE(done);
    const std::size_t before = whole.said().size();
    EXPECT_TRUE(whole.comes([&] { return whole.said().size() > before; }));
    EXPECT_FALSE(whole.lock_released());
    return whole.last_said();
}

TEST(OtherReaders, TellAStrangersContactlessCardFromOneThatChangesItsNumber) {
    WholeStation whole(entry_with("type = \"contactless\"\nport = \"pcsc:desk\"\n"));
    whole.start_all();
    EXPECT_EQ(told(whole, 0x04010203), Outcome::not_a_member);
    whole.run(seconds{5});
    EXPECT_EQ(told(whole, 0x08010203), Outcome::card_changes_its_number);
}

TEST(OtherReaders, ReadATypedNumberByTheRulesOfTheSettings) {
    WholeStation whole(entry_with("type = \"keyboard\"\ndevice = \"/dev/input/event3\"\nmin_length = 8\n"));
    whole.start_all();
    EXPECT_EQ(told(whole, 99990001), Outcome::not_a_member);
    whole.run(seconds{5});
    EXPECT_EQ(told(whole, 9999001), Outcome::unreadable);
}

}  // namespace
}  // namespace yizhan::testing
