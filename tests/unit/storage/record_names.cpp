#include <gtest/gtest.h>

#include <set>

#include "firmware/station/record.h"

namespace yizhan {
namespace {

template <class Enum>
void expect_names_and_inverses(Enum last, std::optional<Enum> (*from)(std::string_view)) {
    std::set<std::string_view> seen;
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        const auto value = static_cast<Enum>(i);
        const auto name = name_of(value);
        EXPECT_TRUE(seen.insert(name).second) << name;
        EXPECT_EQ(from(name), value) << name;
        EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << name;
    }
    EXPECT_EQ(from("no-such-name"), std::nullopt);
    EXPECT_EQ(from(""), std::nullopt);
}

TEST(RecordNames, AreUniqueAndFindTheirValuesAgain) {
    expect_names_and_inverses(RecordType::records_lost, record_type_from);
    expect_names_and_inverses(OpenCause::forced, open_cause_from);
    expect_names_and_inverses(OffReason::restart, off_reason_from);
    expect_names_and_inverses(Mode::service, mode_from);
    expect_names_and_inverses(AlarmKind::uplink, alarm_kind_from);
    expect_names_and_inverses(ActorRole::simulation, actor_role_from);
}

}  // namespace
}  // namespace yizhan
