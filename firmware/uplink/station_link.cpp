#include "firmware/uplink/station_link.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "firmware/control/json_line.h"
#include "firmware/control/protocol.h"

namespace yizhan {
namespace {

// Fewer lines than LineReader lets wait, however short they are.
constexpr std::size_t most_at_once = 4096;

}  // namespace

StationLink::StationLink(StreamConnector& connector, StationLinkListener& listener,
                         std::function<void(const Error&)> tell)
    : connector_(connector), listener_(listener), tell_(std::move(tell)) {}

Mono StationLink::next_deadline() const {
    if (lost_now_) return Mono::min();
    return closed_ ? retry_at_ : never;
}

void StationLink::advance(Now now) {
    if (lost_now_) {
        lost_now_ = false;
        retry_at_ = now.mono + retry;
    }
    if (closed_ && now.mono >= retry_at_) connect(now);
}

void StationLink::connect(Now now) {
    stream_.reset();
    auto connected = connector_.connect();
    if (!connected) {
        retry_at_ = now.mono + retry;
        say(connected.error());
        return;
    }
    stream_ = std::move(*connected);
    closed_ = false;
    lines_ = {};
    stream_->start(*this);
    say_hello();
}

void StationLink::say_hello() {
    const auto on_reply = [this](bool ok, const nlohmann::json&) {
        if (!ok) {
            lost({"stationd does not take us for its uplink", "check uplink_user in the settings, and who runs this"});
            return;
        }
        ready_ = true;
        last_said_ = {};
        listener_.on_station_ready();
    };
    send({{"do", "hello"}, {"role", "uplink"}, {"version", control_version}}, on_reply);
}

void StationLink::send(nlohmann::json request, OnReply on_reply) {
    if (closed_) return;
    const auto id = ++last_id_;
    request["id"] = id;
    if (waiting_.size() >= most_requests || !stream_->send(to_line(request))) {
        lost({"stationd no longer answers", "see its journal"});
        return;
    }
    waiting_.emplace(id, std::move(on_reply));
}

void StationLink::on_bytes(Stream&, std::string_view bytes) {
    if (closed_) return;
    // A piece at a time: a reply may end the connection, and what follows it is then nobody's.
    while (!bytes.empty() && !closed_) {
        const auto piece = bytes.substr(0, most_at_once);
        bytes.remove_prefix(piece.size());
        if (!lines_.feed(piece)) return lost({"stationd sends faster than it may", "use the same release of both"});
        while (const auto line = closed_ ? std::nullopt : lines_.next()) {
            if (line->too_long) return lost({"stationd sent a line that is too long", "use the same release of both"});
            handle(line->text);
        }
    }
}

void StationLink::handle(const std::string& line) {
    const auto message = nlohmann::json::parse(line, nullptr, false);
    if (!message.is_object()) return lost({"stationd does not speak JSON lines", "use the same release of both"});
    if (message.contains("push")) {
        if (ready_) listener_.on_push(message);
        return;
    }
    const auto id = message.find("id");
    if (id == message.end() || !id->is_number_unsigned()) return;
    const auto found = waiting_.find(id->get<std::uint64_t>());
    if (found == waiting_.end()) return;
    const auto on_reply = std::move(found->second);
    waiting_.erase(found);
    const auto ok = message.find("ok");
    if (on_reply) on_reply(ok != message.end() && *ok == true, message);
}

void StationLink::on_closed(Stream&) { lost({"stationd closed the control socket", "see its journal"}); }

void StationLink::start_over(const Error& why) {
    if (!closed_) lost(why);
}

void StationLink::lost(const Error& why) {
    if (closed_) return;
    // The stream itself goes when the next one is made: we may be inside its call.
    closed_ = true;
    lost_now_ = true;
    waiting_.clear();
    say(why);
    if (std::exchange(ready_, false)) listener_.on_station_lost();
}

void StationLink::say(const Error& why) {
    if (why == last_said_) return;  // once a second, for ever, would fill the journal
    last_said_ = why;
    tell_(why);
}

}  // namespace yizhan
