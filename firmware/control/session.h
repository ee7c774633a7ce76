// One client of the control socket. Private to firmware/control.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/control/hub.h"
#include "firmware/control/line_reader.h"
#include "firmware/control/log_pages.h"
#include "firmware/control/request.h"
#include "firmware/control/server.h"
#include "firmware/identity/mandate.h"
#include "hal/stream.h"

namespace yizhan {

// What a verb answers; nothing: the answer comes later, through ControlSession::answer.
using VerbReply = Checked<std::optional<nlohmann::json>>;

// Between turns a session only takes in. It reads, decides and sends in settle().
class ControlSession : public StreamListener, public std::enable_shared_from_this<ControlSession> {
 public:
    static constexpr std::size_t pending_limit = 16;  // commands not answered yet
    static constexpr std::size_t lines_a_turn = 4;  // a client that asks without end must not hold up the loop
    static constexpr milliseconds state_interval{500};
    static constexpr milliseconds farewell{100};  // for the last line of one who is sent away

    ControlSession(ControlHub& hub, std::unique_ptr<Stream> stream, Right right);
    void start() { stream_->start(*this); }

    void on_bytes(Stream& stream, std::string_view bytes) override;
    void on_file(Stream& stream, std::unique_ptr<File> file) override;
    void on_closed(Stream& stream) override;

    void settle(Now now);
    Mono next_deadline() const { return wake_; }  // as of the last settle()
    bool gone() const { return gone_; }
    bool leaving() const { return gone_ || leaving_; }
    bool wants_live() const { return live_ && !leaving(); }
    std::uint32_t uid() const { return peer_.uid; }

    // Lines, whole.
    void push(const std::string& line);
    // Says it and closes.
    void send_away(const ControlError& error);
    // Ends what this client alone kept going. Once, when it is gone.
    void clean_up(Now now);
    // True if the request was this client's.
    bool answer_command(std::uint64_t request, Outcome refusal);

    // For the verbs.
    ControlHub& hub() { return hub_; }
    Right right() const { return right_; }
    void set_right(Right right);
    Actor actor() const;
    LogPages& pages() { return pages_; }
    void subscribe_state(bool on);
    void subscribe_live(bool on) { live_ = on; }
    bool has_room() const { return pending_.size() + loading_ < pending_limit; }
    // Gives the command to Station; `enrols`: the reader that this client has if it is not refused.
    VerbReply perform(const Request& request, Command command, std::optional<ReaderIndex> enrols = std::nullopt);
    std::unique_ptr<File> take_file() { return std::move(file_); }
    // Answers when the whole log has been gone through.
    VerbReply verify_log(const Request& request, LogCheck wanted);
    VerbReply load_members(const Request& request, std::unique_ptr<File> file);
    VerbReply load_signers(const Request& request, std::string document);
    // What is performed from here on, until it ends, is the centre's.
    void begin_mandate(const Mandate& mandate) { mandate_ = mandate; }
    void end_mandate() { mandate_.reset(); }

 private:
    struct PendingCommand {
        std::uint64_t request = 0;  // ours
        std::uint64_t id = 0;  // the client's
        std::optional<ReaderIndex> enrols;
    };
    struct LaterReply {
        std::uint64_t id = 0;
        Checked<nlohmann::json> reply;
    };

    void drop();  // at once
    void end_enrolments();
    void send(std::string_view line);
    void reply(std::uint64_t id, Checked<nlohmann::json> reply);
    void reply_later(std::uint64_t id, Checked<nlohmann::json> reply);
    void handle_lines(Now now);
    void handle(const Line& line, Now now);
    void send_state(Now now);
    void read_log(Now now);
    void send_page(const LogPages::Page& page);
    void wake_at(Mono when);
    void drop_slow_leaver(Now now);

    ControlHub& hub_;
    std::unique_ptr<Stream> stream_;
    PeerIdentity peer_;
    Right right_;
    LineReader lines_;
    std::unique_ptr<File> file_;
    std::size_t bad_lines_ = 0;
    bool gone_ = false;
    bool leaving_ = false;
    std::optional<Mono> leaves_at_;
    bool too_much_ = false;  // sent more than it may
    Mono wake_ = never;

    std::optional<Mandate> mandate_;
    std::vector<PendingCommand> pending_;
    std::size_t loading_ = 0;
    std::vector<LaterReply> replies_;

    bool state_ = false;
    bool live_ = false;
    std::optional<Mono> state_sent_at_;
    std::uint64_t state_sent_ = 0;  // version
    LogPages pages_;
};

}  // namespace yizhan
