// What a bring-up says to the technician.
#pragma once

#include "tools/stationctl/language.h"

namespace yizhan::bringup_words {

inline constexpr Words begin{"\n[{}/{}] {} {}，{}。回车：开始，s：跳过，q：结束",
                             "\n[{}/{}] {} {}, {}. Enter: begin, s: skip, q: end"};
inline constexpr Words yes_or_no{"请输入 y 或 n", "Please answer y or n"};
inline constexpr Words by_technician{"技术员跳过", "left out by the technician"};
inline constexpr Words interrupted{"中断", "interrupted"};
inline constexpr Words in_use{"正在使用", "in use"};
inline constexpr Words refused{"车站拒绝：{}", "the station refused: {}"};
inline constexpr Words no_line{"没有这条线路", "the station knows no such line"};
inline constexpr Words use_same_release{"工具和车站应为同一版本", "use tool and station of the same release"};

inline constexpr Words lock_released{"锁释放 {} 秒，请试着开门。", "The lock is released for {} s: try the door."};
inline constexpr Words lock_question{"锁释放了吗（有声音，门能打开）？y/n",
                                     "Did it release (a click, the door can be opened)? y/n"};
inline constexpr Words lock_line_stays{"线路 {} 没有变为释放电平", "line {} did not go to its released level"};
inline constexpr Words lock_line_stays_cure{"看 stationctl gpio；journalctl -u stationd",
                                            "see stationctl gpio, journalctl -u stationd"};
inline constexpr Words lock_silent{"线路 {} 已动作，锁没有释放", "line {} moved, the lock did not release"};
inline constexpr Words lock_silent_cure{
    "看继电器灯：灯亮，查锁电源和锁线；灯不亮，查继电器板电源和输入线；如果锁反着动作，查设置中的 type 和 active",
    "look at the relay's light: on, check the lock's supply and wires; off, check the relay board's supply and its "
    "input; "
    "if the lock works the wrong way round, check type and active in the settings"};
inline constexpr Words lock_stays_open{"没有回到锁定", "did not go back to secured"};
inline constexpr Words lock_stays_open_cure{"关上门再试；stationctl status",
                                            "close the door and try again; stationctl status"};
inline constexpr Words lock_good{"释放后锁回", "released and secured again"};

inline constexpr Words did_not_move{"没有动作，一直是“{}”", "did not move: it stays \"{}\""};
inline constexpr Words did_not_rest{"一直是“{}”", "stays \"{}\" at rest"};
inline constexpr Words did_not_return{"没有回到“{}”", "does not come back to \"{}\""};
inline constexpr Words moved_instead{"；动的是 {}", "; instead {} moved"};
inline constexpr Words moved_instead_cure{"两处的线接反了：请对调，或改设置中的 line",
                                          "the wires are exchanged: exchange them, or line in the settings"};
inline constexpr Words rest_cure{
    "查是否短路、触点类型（常开或常闭）和设置中的 active",
    "check for a short, the kind of contact (opener or closer), and active in the settings"};
inline constexpr Words move_cure{
    "查两根线、端子、公共地和设置中的 bias；用万用表在端子上看电平是否变化",
    "check both wires, the terminals, the common ground and bias in the settings; see with a "
    "meter at the terminals whether the level changes"};
inline constexpr Words sensor_good{"{}，再回到{}，{} 次跳变", "{}, then {} again, {} edges"};
inline constexpr Words presence_good{"看到有人", "saw somebody"};

inline constexpr Words hold_card{"请把卡平放在读卡器 {} 上，不要动。", "Hold a card flat before {} and keep it still."};
inline constexpr Words card_not_read{"  未读：{} 请再试", "  not read: {} Try again"};
inline constexpr Words card_read{"已读：{}", "read a card: {}"};
inline constexpr Words nothing_read{"没有读到卡（未读 {}，坏帧 {}）", "no card was read ({} not read, {} bad frames)"};
inline constexpr Words nothing_read_cure{
    "换一张已知好的卡；读卡器上有灯和声音吗？查电源和线",
    "try a card that is known to work; does the reader light up and beep? Check supply and cable"};
inline constexpr Words reader_instead{"；读到卡的是 {}", "; instead {} read it"};
inline constexpr Words reader_instead_cure{
    "两个读卡器接反了：请对调，或改设置中的端口",
    "the readers are exchanged: exchange their plugs, or their ports in the settings"};

inline constexpr Words outlet_on{"插座 {} 已通电，请插上负载。", "Outlet {} is switched on: plug something in."};
inline constexpr Words outlet_question{"插座有电吗？y/n", "Is there power? y/n"};
inline constexpr Words outlet_line_stays{"线路 {} 没有变为通电电平", "line {} did not go to its level for on"};
inline constexpr Words outlet_dead{"线路 {} 已动作，插座没有电", "line {} moved, the outlet has no power"};
inline constexpr Words outlet_dead_cure{
    "看继电器灯：灯亮，查断路器和插座线；灯不亮，查继电器板电源和输入线；查设置中的 active",
    "look at the relay's light: on, check the breaker and the outlet's wires; off, check the "
    "relay board's supply and its input, and active in the settings"};
inline constexpr Words outlet_stays_on{"没有断电", "does not go off"};
inline constexpr Words outlet_stays_on_cure{"拉下断路器，换继电器", "switch the breaker off, replace the relay"};
inline constexpr Words outlet_good{"通电后断电", "on and off again"};

}  // namespace yizhan::bringup_words
