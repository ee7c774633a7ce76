#include "firmware/control/session.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "firmware/control/documents.h"
#include "firmware/control/json_line.h"
#include "firmware/control/log_lines.h"
#include "firmware/control/protocol.h"
#include "firmware/control/rights.h"
#include "firmware/control/verbs.h"

namespace yizhan {
namespace {

using nlohmann::json;

// A feed stops here and goes on when the client has read: pages are never what drops it.
constexpr std::size_t feed_room = control_line_limit;
// How often to look whether it has; the stream does not tell.
constexpr milliseconds feed_look{100};

std::unexpected<ControlError> failed(const Error& why) {
    return std::unexpected(ControlError{.code = ControlCode::failed, .what = why.what, .cure = why.cure});
}

}  // namespace

ControlSession::ControlSession(ControlHub& hub, std::unique_ptr<Stream> stream, Right right)
    : hub_(hub), stream_(std::move(stream)), peer_(stream_->peer()), right_(right) {}

void ControlSession::on_bytes(Stream&, std::string_view bytes) {
    if (leaving()) return;
    hub_.due = true;
    if (!lines_.feed(bytes)) too_much_ = true;
}

void ControlSession::on_file(Stream&, std::unique_ptr<File> file) {
    if (leaving() || right_ != Right::maintenance) return;
    file_ = std::move(file);
}

void ControlSession::on_closed(Stream&) {
    gone_ = true;
    hub_.due = true;
}

void ControlSession::settle(Now now) {
    wake_ = never;
    if (gone_) return;
    if (leaving_) return drop_slow_leaver(now);
    if (too_much_) {
        ++hub_.clients_dropped;
        return send_away({.code = ControlCode::busy, .what = "too much sent ahead", .cure = "wait for replies"});
    }
    handle_lines(now);
    for (auto& later : std::exchange(replies_, {})) reply(later.id, std::move(later.reply));
    read_log(now);
    send_state(now);
}

void ControlSession::handle_lines(Now now) {
    for (std::size_t i = 0; i < lines_a_turn && !leaving(); ++i) {
        const auto line = lines_.next();
        if (!line) return;
        handle(*line, now);
    }
    if (lines_.ready()) hub_.due = true;
}

void ControlSession::handle(const Line& line, Now now) {
    auto request = line.too_long ? std::unexpected(ControlError{.code = ControlCode::bad_request,
                                                                .what = "the line is longer than 64 KiB",
                                                                .cure = "send shorter lines"})
                                 : parse_request(line.text);
    if (!request) {
        if (++bad_lines_ < control_bad_line_limit) return reply(0, std::unexpected(std::move(request.error())));
        ++hub_.clients_dropped;
        return send_away(request.error());
    }
    auto answer = perform_verb(*this, *request, now);
    if (!answer) return reply(request->id, std::unexpected(std::move(answer.error())));
    if (*answer) reply(request->id, std::move(**answer));
}

void ControlSession::reply(std::uint64_t id, Checked<json> reply) {
    if (reply) {
        (*reply)["id"] = id;
        (*reply)["ok"] = true;
        return send(to_line(*reply));
    }
    const ControlError& error = reply.error();
    json document = {{"code", name_of(error.code)}, {"what", error.what}, {"cure", error.cure}};
    if (error.outcome != Outcome::none) document["outcome"] = text_of(error.outcome).code;
    send(to_line({{"id", id}, {"ok", false}, {"error", std::move(document)}}));
}

void ControlSession::reply_later(std::uint64_t id, Checked<json> reply) {
    if (leaving()) return;
    replies_.push_back({id, std::move(reply)});
    hub_.due = true;
}

void ControlSession::send(std::string_view line) {
    if (leaving()) return;
    if (stream_->waiting() + line.size() > control_send_limit || !stream_->send(line)) {
        ++hub_.clients_dropped;
        drop();
    }
}

void ControlSession::push(const std::string& line) { send(line); }

void ControlSession::send_away(const ControlError& error) {
    reply(0, std::unexpected(error));
    leaving_ = true;
    hub_.due = true;
}

void ControlSession::drop_slow_leaver(Now now) {
    if (!leaves_at_) leaves_at_ = now.mono + farewell;
    if (stream_->waiting() == 0 || now.mono >= *leaves_at_) return drop();
    wake_at(*leaves_at_);
}

void ControlSession::drop() {
    gone_ = true;
    hub_.due = true;
}

void ControlSession::end_enrolments() {
    for (std::size_t i = 0; i < hub_.enrolling.size(); ++i) {
        if (hub_.enrolling[i] != this) continue;
        hub_.enrolling[i] = nullptr;
        hub_.backend.perform(
            Command{.what = EndEnrolment{ReaderIndex(i)}, .actor = actor(), .request = hub_.next_request()});
    }
}

void ControlSession::clean_up(Now now) {
    end_enrolments();
    if (hub_.uplink == this) {
        hub_.uplink = nullptr;
        hub_.backend.uplink_reported({.heard_of = true,
                                      .connected = false,
                                      .fault = "uplink-gone",
                                      .detail = "the uplink has left the control socket",
                                      .since = now.mono});
    }
}

void ControlSession::set_right(Right right) {
    if (right != Right::maintenance) {
        end_enrolments();
        file_.reset();
    }
    right_ = right;
}

Actor ControlSession::actor() const {
    switch (right_) {
        case Right::maintenance:
            return {ActorRole::maintenance, peer_.uid};
        case Right::uplink:
            return {ActorRole::uplink, peer_.uid};
        case Right::read:
        case Right::carry:
        case Right::none:
            break;
    }
    return {ActorRole::read_only, peer_.uid};
}

VerbReply ControlSession::perform(const Request& request, Command command, std::optional<ReaderIndex> enrols) {
    command.actor = mandate_ ? Actor{ActorRole::centre, mandate_->signer} : actor();
    command.mandate = mandate_;
    command.request = hub_.next_request();
    // Before the command: it may be answered from inside.
    pending_.push_back({.request = command.request, .id = request.id, .enrols = enrols});
    if (enrols) hub_.enrolling[static_cast<std::size_t>(*enrols)] = this;
    hub_.backend.perform(command);
    return std::nullopt;
}

bool ControlSession::answer_command(std::uint64_t request, Outcome refusal) {
    const auto found = std::ranges::find(pending_, request, &PendingCommand::request);
    if (found == pending_.end()) return false;
    const PendingCommand pending = *found;
    pending_.erase(found);
    if (refusal == Outcome::none) {
        reply_later(pending.id, json::object());
        return true;
    }
    if (pending.enrols && hub_.enrolling[static_cast<std::size_t>(*pending.enrols)] == this) {
        hub_.enrolling[static_cast<std::size_t>(*pending.enrols)] = nullptr;
    }
    reply_later(pending.id,
                std::unexpected(ControlError{.code = ControlCode::refused,
                                             .what = "the station refused: " + std::string(text_of(refusal).en),
                                             .cure = "see status for mode, alarms and faults",
                                             .outcome = refusal}));
    return true;
}

VerbReply ControlSession::verify_log(const Request& request, LogCheck wanted) {
    hub_.backend.verify(std::move(wanted), [weak = weak_from_this(), id = request.id](const Result<LogCheck>& check) {
        const auto session = weak.lock();
        if (!session) return;
        if (!check) {
            return session->reply_later(id, failed(check.error()));
        }
        session->reply_later(id, check_document(*check));
    });
    return std::nullopt;
}

VerbReply ControlSession::load_members(const Request& request, std::unique_ptr<File> file) {
    ++loading_;
    hub_.backend.load_members(
        std::move(file), actor(), [weak = weak_from_this(), id = request.id](Result<MemberListStatus> loaded) {
            const auto session = weak.lock();
            if (!session) return;
            --session->loading_;
            if (!loaded) {
                return session->reply_later(id, failed(loaded.error()));
            }
            session->reply_later(id, json{{"version", loaded->version}, {"count", loaded->count}});
        });
    return std::nullopt;
}

VerbReply ControlSession::load_signers(const Request& request, std::string document) {
    ++loading_;
    hub_.backend.load_signers(
        std::move(document), actor(), [weak = weak_from_this(), id = request.id](Result<SignerStatus> loaded) {
            const auto session = weak.lock();
            if (!session) return;
            --session->loading_;
            if (!loaded) return session->reply_later(id, failed(loaded.error()));
            session->reply_later(id, json{{"version", loaded->version}, {"keys", loaded->signers.size()}});
        });
    return std::nullopt;
}

void ControlSession::subscribe_state(bool on) {
    state_ = on;
    state_sent_at_.reset();
    state_sent_ = 0;
    hub_.state_changed();  // for a fresh time
}

void ControlSession::send_state(Now now) {
    if (!state_ || leaving()) return;
    if (state_sent_ == hub_.state_version() && !hub_.state_stale()) return;
    if (state_sent_at_ && now.mono < *state_sent_at_ + state_interval) {
        return wake_at(*state_sent_at_ + state_interval);
    }
    hub_.refresh_state(now);
    if (state_sent_ == hub_.state_version()) return;
    state_sent_ = hub_.state_version();
    state_sent_at_ = now.mono;
    push(hub_.state_push());
}

void ControlSession::read_log(Now now) {
    if (leaving()) return;
    if (const auto page = pages_.take(now.mono)) send_page(*page);
    if (leaving()) return;
    const bool room = stream_->waiting() < feed_room;
    if (const auto query = pages_.next_query(hub_.stored, room, now.mono)) {
        hub_.backend.query(*query, [weak = weak_from_this()](Result<std::vector<LogRow>> rows) {
            const auto session = weak.lock();
            if (!session || session->leaving()) return;
            session->pages_.answered(std::move(rows));
            session->hub_.due = true;
        });
    }
    if (!room) wake_at(now.mono + feed_look);
    wake_at(pages_.next_deadline());
}

void ControlSession::send_page(const LogPages::Page& page) {
    if (page.request) {
        if (!page.rows) {
            return reply(page.request->id, failed(page.rows.error()));
        }
        return reply(page.request->id, log_reply(*page.rows, page.request->query.limit));
    }
    if (!page.rows) return;  // asked for again after a pause; status and an alarm say what is wrong
    for (const auto& line : feed_lines(*page.rows)) push(line);
}

void ControlSession::wake_at(Mono when) { wake_ = std::min(wake_, when); }

}  // namespace yizhan
