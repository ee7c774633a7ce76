#include "drivers/id_card_reader/id_card_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "drivers/id_card_reader/id_text.h"
#include "hal/check.h"

namespace yizhan {
namespace {

constexpr milliseconds send_retry{250};
// One answer that is none, and a good firmware would be taken for an old one until it is plugged in anew.
constexpr int most_presence_refusals = 8;

}  // namespace

IdCardReader::IdCardReader(BytePort& port, milliseconds poll) : port_(port), poll_(poll) {
    YZ_CHECK(poll >= milliseconds{50});
}

void IdCardReader::start(CardReaderListener& listener, Now now) {
    YZ_CHECK(listener_ == nullptr);
    listener_ = &listener;
    heard_ = now.mono;
    port_.start(*this);
}

Mono IdCardReader::next_deadline() const {
    return std::visit(
        [](const auto& state) {
            if constexpr (std::is_same_v<std::decay_t<decltype(state)>, Detached>) {
                return never;
            } else {
                return state.deadline;
            }
        },
        state_);
}

void IdCardReader::advance(Now now) {
    if (now.mono < next_deadline()) return;
    if (const auto* resting = std::get_if<Resting>(&state_)) {
        ask(resting->next, now);
    } else if (const auto* asking = std::get_if<Asking>(&state_)) {
        timed_out(asking->command, now);
    } else if (std::holds_alternative<Draining>(state_)) {
        ++counts_.resets;
        ask(SamCommand::reset, now);
    } else if (const auto* reopening = std::get_if<Reopening>(&state_)) {
        if (reopening->detached) {
            state_ = Detached{};
        } else {
            boot(now);  // the port had nothing to reset
        }
    }
    tell_health(now);
}

// --- what the port tells

void IdCardReader::on_attached(Now now) {
    parser_.wipe();
    if (!std::holds_alternative<Reopening>(state_)) {
        // Perhaps another reader.
        lose_sight(now);
        heard_ = now.mono;
        silent_ = cannot_work_ = reads_keep_failing_ = keeps_timing_out_ = false;
        knows_presence_ = KnowsPresence::not_yet_told;
        presence_refusals_ = 0;
        failed_reads_ = timeouts_in_a_row_ = 0;
        counts_.serial.clear();
    }
    boot(now);
    tell_health(now);
}

void IdCardReader::on_detached(std::string_view why, Now now) {
    parser_.wipe();
    why_detached_ = why;
    if (auto* reopening = std::get_if<Reopening>(&state_)) {
        reopening->detached = true;
        return;
    }
    state_ = Detached{};
    lose_sight(now);
    tell_health(now);
}

void IdCardReader::on_bytes(std::span<const std::byte> bytes, Now now) {
    for (;;) {
        if (auto* draining = std::get_if<Draining>(&state_)) {
            draining->deadline = std::min(now.mono + quiet, draining->latest);
            break;
        }
        if (std::holds_alternative<Detached>(state_) || std::holds_alternative<Reopening>(state_)) break;
        const auto reply = parser_.next(bytes);
        if (!reply) break;
        handle(*reply, now);
        // It may hold somebody's data, also where nobody asked for it.
        parser_.wipe_reply();
    }
    tell_health(now);
}

// --- the session

void IdCardReader::handle(const SamReply& reply, Now now) {
    heard_ = now.mono;
    silent_ = false;
    const auto* asking = std::get_if<Asking>(&state_);
    if (asking == nullptr || !answers(asking->command, reply)) {
        ++misfits_;
        return;
    }
    const SamCommand command = asking->command;
    const SamTrouble trouble = trouble_of(reply.status);
    if (trouble == SamTrouble::cannot_work) return sam_cannot_work(command, now);
    if (trouble == SamTrouble::request_lost) return timed_out(command, now);
    switch (command) {
        case SamCommand::reset:
            return boot(now);
        case SamCommand::sam_id:
            return on_sam_id(reply, now);
        case SamCommand::find:
            return on_find(reply, now);
        case SamCommand::select:
            return on_select(reply, now);
        case SamCommand::read:
            return on_read(reply, now);
        case SamCommand::presence:
            return on_presence(reply, now);
    }
}

void IdCardReader::on_sam_id(const SamReply& reply, Now now) {
    // A firmware that does not know the question is awake all the same.
    if (reply.status == sam_status::success) counts_.serial = format_sam_id(reply.data);
    booted_ = true;
    poll_began_ = now.mono - poll_;
    poll_again(now);
}

void IdCardReader::on_find(const SamReply& reply, Now now) {
    if (trouble_of(reply.status) == SamTrouble::unsupported) return timed_out(SamCommand::find, now);
    timeouts_in_a_row_ = 0;
    keeps_timing_out_ = false;
    if (reply.status == sam_status::no_card) {
        cannot_work_ = false;
        return no_card(now);
    }
    if (!presentation_.found(now)) return poll_again(now);
    if (reply.status != sam_status::found) return read_failed(reply.status, now);
    ask(SamCommand::select, now);
}

void IdCardReader::on_select(const SamReply& reply, Now now) {
    timeouts_in_a_row_ = 0;
    if (reply.status != sam_status::success) return read_failed(reply.status, now);
    cannot_work_ = false;
    ask(SamCommand::read, now);
}

void IdCardReader::on_read(const SamReply& reply, Now now) {
    timeouts_in_a_row_ = 0;
    if (reply.status != sam_status::success) return read_failed(reply.status, now);
    failed_reads_ = 0;
    reads_keep_failing_ = false;
    report_card(reply, now);
    poll_again(now);
}

void IdCardReader::on_presence(const SamReply& reply, Now now) {
    const bool unsupported = trouble_of(reply.status) == SamTrouble::unsupported;
    // Neither one that has answered before, and did not understand now, nor one that calls the card false says whether
    // it lies there. A find would not either: a card that was read is not found again, and would count as gone.
    const bool useless =
        unsupported ? knows_presence_ == KnowsPresence::yes : refusal_of(reply.status) == Outcome::not_genuine;
    if (useless) return timed_out(SamCommand::presence, now);
    timeouts_in_a_row_ = 0;
    cannot_work_ = keeps_timing_out_ = false;
    if (reply.status == sam_status::success || reply.status == sam_status::not_on_card) {
        knows_presence_ = KnowsPresence::yes;
        return poll_again(now);
    }
    if (unsupported) {
        if (++presence_refusals_ >= most_presence_refusals) knows_presence_ = KnowsPresence::no;
        return poll_again(now);
    }
    no_card(now);
}

void IdCardReader::ask(SamCommand command, Now now) {
    if (command == SamCommand::find || command == SamCommand::presence) poll_began_ = now.mono;
    const SamExchange exchange = exchange_of(command);
    const bool sent = port_.send(exchange.request).has_value();
    // A request that did not leave ends as one that was not answered, only sooner.
    state_ = Asking{command, now.mono + (sent ? exchange.timeout : std::min(exchange.timeout, send_retry))};
}

void IdCardReader::poll_again(Now now) {
    const bool held = presentation_.held() && knows_presence_ != KnowsPresence::no;
    rest(held ? SamCommand::presence : SamCommand::find, std::max(poll_began_ + poll_, now.mono + breath));
}

void IdCardReader::boot(Now now) {
    boot_began_ = now.mono;
    rest(SamCommand::sam_id, now.mono);
}

// --- cards

void IdCardReader::read_failed(std::uint8_t status, Now now) {
    const Outcome why = refusal_of(status);
    // A card that was refused and lies there says nothing about the reader.
    const bool again = presentation_.stage() == Presentation::Stage::refused;
    if (presentation_.failed(why)) refuse(why, false, now);
    if (again || !wants_reset(status)) return rest(SamCommand::find, now.mono + breath);
    presentation_.blind();
    if (++failed_reads_ >= most_failures) return reset_port(now);
    ++counts_.resets;
    rest(SamCommand::reset, now.mono);
}

void IdCardReader::no_card(Now now) {
    presentation_.not_found(poll_began_, now);
    if (presentation_.left_unread()) {
        refuse(presentation_.why(), false, now);
    } else if (presentation_.gone()) {
        end_presentation(now);
    }
    poll_again(now);
}

void IdCardReader::report_card(const SamReply& reply, Now now) {
    const auto block = text_of_read(reply);
    const auto text = block.size() == id_text_size ? parse_id_text(block.first<id_text_size>())
                                                   : std::unexpected(Outcome::card_damaged);
    if (!text) {
        const bool known = presentation_.stage() == Presentation::Stage::refused;
        presentation_.blind();
        if (known) return presentation_.refuse(true);
        return refuse(text.error(), true, now);
    }
    const auto reading = presentation_.read(text->credential);
    if (reading == Presentation::Reading::same) return;
    if (reading == Presentation::Reading::another) listener_->on_card_removed(*this, now);
    ++counts_.cards;
    listener_->on_card(*this, CardRead{text->credential, true, text->validity}, now);
}

void IdCardReader::refuse(Outcome why, bool held, Now now) {
    if (presentation_.stage() == Presentation::Stage::read) listener_->on_card_removed(*this, now);
    presentation_.refuse(held);
    ++counts_.refused;
    listener_->on_card_refused(*this, why, now);
}

void IdCardReader::end_presentation(Now now) {
    presentation_.clear();
    listener_->on_card_removed(*this, now);
}

// --- what is told about the reader itself

ReaderHealth IdCardReader::health() const {
    if (std::holds_alternative<Detached>(state_) || silent_) return ReaderHealth::offline;
    if (cannot_work_) return ReaderHealth::failed;
    // Before starting: a reset does not make it well.
    if (reads_keep_failing_ || keeps_timing_out_) return ReaderHealth::degraded;
    return booted_ ? ReaderHealth::online : ReaderHealth::starting;
}

void IdCardReader::tell_health(Now now) {
    const ReaderHealth current = health();
    if (current == told_) return;
    told_ = current;
    listener_->on_health(*this, current, now);
}

ReaderStatus IdCardReader::status() const {
    ReaderStatus status = counts_;
    status.health = health();
    status.identity = port_.identity();
    status.bad_frames = parser_.bad_frames() + misfits_;
    if (std::holds_alternative<Detached>(state_)) {
        status.verdict = fmt::format("not connected ({}): check the cable", why_detached_);
    } else if (silent_) {
        status.verdict = fmt::format("no reply for {} s: check the cable",
                                     std::chrono::duration_cast<seconds>(waited_until_ - heard_).count());
    } else if (cannot_work_) {
        status.verdict = "the security module says that it cannot work: replace the reader";
    } else if (reads_keep_failing_) {
        status.verdict = "cards are found but reading them keeps failing: try another card, then replace the reader";
    } else if (keeps_timing_out_) {
        status.verdict = "requests keep timing out: check cable and power supply";
    } else if (!booted_) {
        status.verdict = "starting";
    }
    return status;
}

}  // namespace yizhan
