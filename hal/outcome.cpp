#include "hal/outcome.h"

#include <array>

namespace yizhan {
namespace {

using enum Outcome;

constexpr std::array<OutcomeText, outcome_count> table{{
    {none, "none", Cue::none, "", ""},
    {welcome, "welcome", Cue::yes, "欢迎，请进。", "Welcome, please come in."},
    {welcome_slow, "welcome-slow", Cue::yes_slow, "欢迎，请慢行，门会多开一会儿。",
     "Welcome, take your time, the door stays open longer."},
    {goodbye, "goodbye", Cue::yes, "再见，请慢走。", "Goodbye, take care."},
    {doors_are_open, "doors-are-open", Cue::yes, "门已打开，请直接通行。", "The doors are open, please walk through."},
    {outlet_yours, "outlet-yours", Cue::yes, "请使用闪灯的插座。", "Please use the outlet with the blinking lamp."},
    {outlet_renewed, "outlet-renewed", Cue::yes, "您的插座已续时。", "Your outlet runs on for another full time."},
    {enrolled, "enrolled", Cue::yes, "卡片已登记。", "Card noted."},
    {outlet_chosen, "outlet-chosen", Cue::yes, "已选插座，请刷卡。", "Outlet chosen. Now your card, please."},
    {unreadable, "unreadable", Cue::again, "没有读到卡片，请重新放好身份证。",
     "The card could not be read. Please place it again and hold it still."},
    {card_damaged, "card-damaged", Cue::no, "卡片信息有误，请联系工会。",
     "The card's data is damaged. Please contact the union."},
    {not_genuine, "not-genuine", Cue::no, "卡片未通过验证，请使用本人身份证。",
     "The card could not be verified. Please use your own ID card."},
    {card_expired, "card-expired", Cue::no, "身份证已过期，请换证后再来。",
     "The ID card has expired. Please renew it."},
    {card_not_yet_valid, "card-not-yet-valid", Cue::no, "身份证尚未生效。", "The ID card is not valid yet."},
    {not_an_id_card, "not-an-id-card", Cue::no, "请刷身份证。", "Please use an ID card."},
    {card_changes_its_number, "card-changes-its-number", Cue::no, "此卡号码每次都变，请换一张卡。",
     "This card or phone shows another number each time. Please use another card."},
    {not_a_member, "not-a-member", Cue::no, "您尚未登记，请联系工会办理。",
     "You are not registered. The union can register you."},
    {denied, "denied", Cue::no, "您的使用已被暂停，请联系工会。",
     "Your access is suspended. Please contact the union."},
    {membership_expired, "membership-expired", Cue::no, "您的登记已过期，请联系工会续期。",
     "Your registration has expired. The union can renew it."},
    {membership_not_started, "membership-not-started", Cue::no, "您的登记尚未生效。",
     "Your registration has not started yet."},
    {outside_hours, "outside-hours", Cue::no, "现在不在开放时间内。", "The station is not open to you at this hour."},
    {full, "full", Cue::no, "驿站已满，请稍候，有人离开即可进入。",
     "The station is full. Please wait until somebody leaves."},
    {lockdown, "lockdown", Cue::no, "驿站已临时封闭。", "The station is locked down."},
    {closed, "closed", Cue::no, "驿站现已关闭。", "The station is closed."},
    {in_service, "in-service", Cue::no, "驿站正在维护，请稍后再来。",
     "The station is being serviced. Please come back later."},
    {no_member_list, "no-member-list", Cue::no, "驿站名单未就绪，请联系工会。",
     "The station has no member list. Please contact the union."},
    {clock_unset, "clock-unset", Cue::no, "驿站时钟未校准，请联系工会。",
     "The station's clock is not set. Please contact the union."},
    {log_full, "log-full", Cue::no, "驿站记录故障，暂停进入，请联系工会。",
     "The station cannot record entries. Please contact the union."},
    {reader_fault, "reader-fault", Cue::no, "读卡器故障，请联系工会。",
     "The reader has failed. Please contact the union."},
    {not_inside, "not-inside", Cue::no, "请先在门口刷卡。", "Please swipe at the door first."},
    {no_free_outlet, "no-free-outlet", Cue::no, "插座已用完，请稍候。", "All outlets are in use. Please wait."},
    {outlet_fault, "outlet-fault", Cue::no, "插座故障，请换一个。", "This outlet has failed. Please use another."},
    {close_the_door, "close-the-door", Cue::warning, "请关好门。", "Please close the door."},
    {door_alarm, "door-alarm", Cue::alarm, "门未正常关闭，已通知管理人员。",
     "The door is not secure. The staff have been told."},
    {outlet_ending, "outlet-ending", Cue::warning, "插座即将断电，刷卡可续时。",
     "The outlet goes off soon. Swipe to go on."},
    {leaving_off, "leaving-off", Cue::warning, "驿站无人，插座即将断电。",
     "Nobody seems to be here: the outlets go off soon."},
    {fire_leave, "fire-leave", Cue::alarm, "火警！门已打开，请立即离开。", "Fire! The doors are open. Leave now."},
    {smoke_leave, "smoke-leave", Cue::alarm, "发现烟雾，请立即离开。", "Smoke! Please leave now."},
    {help_called, "help-called", Cue::warning, "求助已发出，请稍候。", "Help has been called. Please wait."},
    {help_heard, "help-heard", Cue::warning, "值班人员已收到您的求助。", "The staff have heard your call for help."},
    {no_power_left, "no-power-left", Cue::no, "供电已满，请稍候。", "All the power is in use. Please wait."},
    {no_such_outlet, "no-such-outlet", Cue::no, "没有这个编号的插座。", "There is no outlet with that number."},
    {outlet_taken, "outlet-taken", Cue::no, "这个插座有人在用，请换一个。",
     "Somebody uses this outlet. Please take another."},
    {command_not_signed, "command-not-signed", Cue::none, "命令未签名。", "The command is not signed."},
    {command_too_long, "command-too-long", Cue::none, "命令过长。", "The command is too long."},
    {command_retained, "command-retained", Cue::none, "命令不得保留在消息服务器上。",
     "The command was retained by the broker. Send commands without the retain flag."},
    {command_malformed, "command-malformed", Cue::none, "命令已签名，但格式无法识别。",
     "The command is signed, but not in a form this station knows."},
    {command_for_another_station, "command-for-another-station", Cue::none, "命令是发给另一个驿站的。",
     "The command is for another station."},
    {command_lives_too_long, "command-lives-too-long", Cue::none, "命令有效期不得超过一天。",
     "A command may be valid for a day at most."},
    {command_too_early, "command-too-early", Cue::none, "命令尚未生效。", "The command is not valid yet."},
    {command_expired, "command-expired", Cue::none, "命令已过期。", "The command has expired."},
    {command_repeated, "command-repeated", Cue::none, "命令已执行过，或序号不是最新。",
     "The command has come before, or a later one of the same key has."},
    {command_too_old, "command-too-old", Cue::none, "命令早于驿站现用的密钥表，请重新签发。",
     "The command is older than the station's key set. Sign it again."},
    {command_not_stored, "command-not-stored", Cue::none, "命令未能及时写入记录，未执行。",
     "The command could not be recorded in time; nothing was done."},
    {too_many_commands, "too-many-commands", Cue::none, "命令过多，请稍后再发。",
     "Too many commands at once. Send it again in a moment."},
    {signer_unknown, "signer-unknown", Cue::none, "签名密钥不在驿站的密钥表中。",
     "The key that signed it is not in the station's key set."},
    {signature_wrong, "signature-wrong", Cue::none, "命令签名错误。", "The command's signature is wrong."},
    {signer_may_not, "signer-may-not", Cue::none, "该密钥无权下达此命令。", "This key may not sign such a command."},
    {signers_expired, "signers-expired", Cue::none, "驿站的密钥表已过期，请下发新的密钥表。",
     "The station's key set has expired. Send a newer one."},
    {signers_refused, "signers-refused", Cue::none, "密钥表未被接受。", "The key set was refused."},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i].outcome != static_cast<Outcome>(i)) return false;
    }
    return true;
}
static_assert(in_order(), "the table is indexed by Outcome");

}  // namespace

std::span<const OutcomeText, outcome_count> outcomes() { return table; }

const OutcomeText& text_of(Outcome outcome) { return table[static_cast<std::size_t>(outcome)]; }

Urgency urgency_of(Outcome outcome) {
    if (outcome == fire_leave || outcome == smoke_leave) return Urgency::leave;
    if (outcome == help_called || outcome == help_heard) return Urgency::alarm;
    switch (text_of(outcome).cue) {
        case Cue::alarm:
            return Urgency::alarm;
        case Cue::warning:
            return Urgency::room;
        default:
            return Urgency::person;
    }
}

std::optional<Outcome> outcome_from_code(std::string_view code) {
    for (const auto& row : table) {
        if (row.code == code) return row.outcome;
    }
    return std::nullopt;
}

}  // namespace yizhan
