#include "firmware/control/server.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "firmware/control/document_parts.h"
#include "firmware/control/hub.h"
#include "firmware/control/json_line.h"
#include "firmware/control/live_records.h"
#include "firmware/control/log_lines.h"
#include "firmware/control/session.h"

namespace yizhan {
namespace {

constexpr std::size_t clients_per_user = control_client_limit / 2;  // root excepted: no user shuts the others out
constexpr std::size_t leaving_limit = 8;  // clients that still hear why they are sent away
constexpr std::size_t live_a_turn = 32;
constexpr std::size_t enrolled_limit = 64;  // cards of one turn

}  // namespace

struct ControlServer::Impl {
    Impl(EventLoop& its_loop, ControlBackend& backend, const ControlRights& its_rights)
        : loop(its_loop), rights(its_rights), hub(backend) {}

    void accept(std::unique_ptr<Stream> stream);
    void clean_up(Now now);
    void push_live();
    void push_enrolled();

    EventLoop& loop;
    ControlRights rights;
    ControlHub hub;
    std::vector<std::shared_ptr<ControlSession>> sessions;
    std::vector<std::shared_ptr<ControlSession>> cleaned;  // gone; their streams may die from the next turn on
    LiveRecords live;
    FixedVector<CardEnrolled, enrolled_limit> enrolled;
    Mono wake = never;
    bool clock_trusted = false;
};

void ControlServer::Impl::accept(std::unique_ptr<Stream> stream) {
    const PeerIdentity peer = stream->peer();
    const auto staying = [](const auto& session) { return !session->leaving(); };
    const auto clients = static_cast<std::size_t>(std::ranges::count_if(sessions, staying));
    const auto of_user = static_cast<std::size_t>(std::ranges::count_if(
        sessions, [&](const auto& session) { return staying(session) && session->uid() == peer.uid; }));
    const bool too_many = clients >= control_client_limit || (peer.uid != 0 && of_user >= clients_per_user);
    if (too_many && sessions.size() - clients >= leaving_limit) return;
    const auto session = std::make_shared<ControlSession>(hub, std::move(stream), right_of(peer, rights));
    sessions.push_back(session);
    session->start();
    if (too_many) {
        session->send_away({.code = ControlCode::busy,
                            .what = "too many clients",
                            .cure = "end some: watchers and uplinks that are no longer needed"});
    }
}

void ControlServer::Impl::clean_up(Now now) {
    for (const auto& session : sessions) {
        if (!session->gone()) continue;
        session->clean_up(now);
        cleaned.push_back(session);
    }
    std::erase_if(sessions, [](const auto& session) { return session->gone(); });
    if (!cleaned.empty()) hub.due = true;
}

void ControlServer::Impl::push_live() {
    if (live.empty()) return;
    if (!std::ranges::any_of(sessions, [](const auto& session) { return session->wants_live(); })) return live.clear();
    const StationView view = hub.backend.view();
    for (std::size_t i = 0; i < live_a_turn && !live.empty(); ++i) {
        const auto dropped = live.take_dropped();
        const auto line = live_line(to_row(live.take(), view.log.epoch, view.station->config()), dropped);
        for (const auto& session : sessions) {
            if (session->wants_live()) session->push(line);
        }
    }
    if (!live.empty()) hub.due = true;
}

void ControlServer::Impl::push_enrolled() {
    if (enrolled.empty()) return;
    const StationView view = hub.backend.view();
    for (const CardEnrolled& card : enrolled) {
        const auto reader = static_cast<std::size_t>(card.reader);
        const auto owner =
            std::ranges::find_if(sessions, [&](const auto& session) { return session.get() == hub.enrolling[reader]; });
        if (owner == sessions.end()) continue;
        (*owner)->push(to_line({{"push", "enrolled"},
                                {"reader", view.station->config().readers[reader].name},
                                {"credential", to_text(card.credential)},
                                {"kind", name_of(card.kind)}}));
    }
    enrolled.clear();
}

ControlServer::ControlServer(EventLoop& loop, StreamServer& listener, ControlBackend& backend,
                             const ControlRights& rights)
    : impl_(std::make_unique<Impl>(loop, backend, rights)) {
    loop.join(*this);
    listener.start([this](std::unique_ptr<Stream> stream) { impl_->accept(std::move(stream)); });
}

ControlServer::~ControlServer() { impl_->loop.leave(*this); }

void ControlServer::on_answer(std::uint64_t request, Outcome refusal) {
    for (const auto& session : impl_->sessions) {
        if (session->answer_command(request, refusal)) return;
    }
}

void ControlServer::on_enrolled(const CardEnrolled& card) {
    if (impl_->enrolled.full()) return;
    impl_->enrolled.push_back(card);
    impl_->hub.due = true;
}

void ControlServer::on_record(const Record& record) {
    impl_->live.add(record);
    on_changed();
}

void ControlServer::on_stored(std::uint64_t upto) {
    impl_->hub.stored = std::max(impl_->hub.stored, upto);
    on_changed();
}

void ControlServer::on_changed() {
    impl_->hub.state_changed();
    impl_->hub.due = true;
}

std::uint64_t ControlServer::clients_dropped() const { return impl_->hub.clients_dropped; }

Mono ControlServer::next_deadline() const { return impl_->hub.due ? Mono{} : impl_->wake; }

void ControlServer::advance(Now) { impl_->cleaned.clear(); }

void ControlServer::settle(Now now) {
    impl_->hub.due = false;
    if (impl_->clock_trusted != now.wall_trusted) {
        impl_->clock_trusted = now.wall_trusted;
        impl_->hub.state_changed();
    }
    impl_->wake = never;
    for (const auto& session : impl_->sessions) {
        session->settle(now);
        impl_->wake = std::min(impl_->wake, session->next_deadline());
    }
    impl_->push_live();
    impl_->push_enrolled();
    impl_->clean_up(now);
}

}  // namespace yizhan
