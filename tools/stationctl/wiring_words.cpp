#include "tools/stationctl/wiring_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/stationctl/json_access.h"
#include "tools/stationctl/text_table.h"

namespace yizhan {
namespace {

struct NamedWords {
    std::string_view name;
    Words words;
};

constexpr std::array<NamedWords, 50> all_words{{
    // Roles.
    {"lock", {"锁", "lock"}},
    {"contact", {"门磁", "contact"}},
    {"exit-button", {"出门按钮", "exit button"}},
    {"relay", {"继电器", "relay"}},
    {"contactor", {"接触器", "contactor"}},
    {"lamp", {"指示灯", "lamp"}},
    {"green", {"绿灯", "green lamp"}},
    {"red", {"红灯", "red lamp"}},
    {"buzzer", {"蜂鸣器", "buzzer"}},
    {"d0", {"D0（绿线）", "D0 (green)"}},
    {"d1", {"D1（白线）", "D1 (white)"}},
    {"tamper", {"防拆", "tamper"}},
    {"presence", {"人体感应", "presence"}},
    {"help", {"求助按钮", "help button"}},
    {"smoke", {"烟雾", "smoke"}},
    {"water-leak", {"漏水", "water leak"}},
    {"mains-lost", {"市电中断", "mains lost"}},
    {"battery-low", {"电池电量低", "battery low"}},
    {"too-hot", {"温度过高", "too hot"}},
    {"too-cold", {"温度过低", "too cold"}},
    {"well", {"正常", "well"}},
    // What is tested.
    {"door", {"门", "door"}},
    {"reader", {"读卡器", "reader"}},
    {"outlet", {"插座", "outlet"}},
    {"input", {"输入", "input"}},
    // What a level means; "fire" is also a role.
    {"released", {"已释放", "released"}},
    {"secured", {"已锁", "secured"}},
    {"open", {"开", "open"}},
    {"closed", {"关", "closed"}},
    {"pressed", {"按下", "pressed"}},
    {"let-go", {"未按", "not pressed"}},
    {"on", {"通电", "on"}},
    {"off", {"断电", "off"}},
    {"lit", {"亮", "lit"}},
    {"dark", {"灭", "dark"}},
    {"sounds", {"响", "sounds"}},
    {"silent", {"静", "silent"}},
    {"wet", {"湿", "wet"}},
    {"dry", {"干", "dry"}},
    {"lost", {"无电", "lost"}},
    {"there", {"有电", "there"}},
    {"low", {"低", "low"}},
    {"charged", {"足", "charged"}},
    {"pulse", {"脉冲", "pulse"}},
    {"rest", {"静止", "at rest"}},
    {"fire", {"火警", "fire"}},
    {"quiet", {"正常", "quiet"}},
    {"opened", {"已打开", "opened"}},
    {"somebody", {"有人", "somebody"}},
    {"nobody", {"无人", "nobody"}},
}};

constexpr Words edges_words{"{} 次跳变", "{} edges"};
constexpr Words unknown_level{"电平未知", "level unknown"};

}  // namespace

std::string wiring_word(std::string_view word, Language language) {
    const auto found = std::ranges::find(all_words, word, &NamedWords::name);
    return found == all_words.end() ? printable(word) : std::string(found->words.in(language));
}

std::string line_now(const nlohmann::json& line, Language language) {
    const auto level = text_at(line, "level");
    const auto edges = fmt::format(fmt::runtime(edges_words.in(language)), number_at(line, "edges").value_or(0));
    if (level.empty()) return std::string(unknown_level.in(language)) + ", " + edges;
    return printable(level) + ", " + wiring_word(text_at(line, "means"), language) + ", " + edges;
}

std::string last_card_text(const nlohmann::json& reader, Language language) {
    const auto& card = at(reader, "last_card");
    const auto refused = text_at(card, "refused");
    if (refused.empty()) return printable(text_at(card, "kind"));
    const auto outcome = outcome_from_code(refused);
    return outcome ? std::string(text_in(language, text_of(*outcome))) : printable(refused);
}

}  // namespace yizhan
