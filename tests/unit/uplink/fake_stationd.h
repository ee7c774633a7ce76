#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "firmware/control/line_reader.h"
#include "hal/event_loop.h"
#include "hal/stream.h"

namespace yizhan {

// The control socket as firmware/control/protocol.h describes it, for one uplink, over a log of made-up records.
class FakeStationd : private StreamListener, private LoopMember {
 public:
    // Simulated or real ones. Both outlive it.
    FakeStationd(EventLoop& loop, StreamServer& server);
    ~FakeStationd() override;

    void append_records(std::uint64_t count);  // stored at once
    void set_alarms(const std::vector<std::string>& names);
    void change_state() { ++state_number_; }  // its document differs from now on
    void replace_log(std::uint32_t epoch);  // another disk: other numbers

    // What the uplink said.
    std::uint64_t acknowledged = 0;
    std::vector<std::uint64_t> acks;
    nlohmann::json report;  // the newest
    std::vector<std::string> faults;  // of all reports, in order
    std::uint64_t hellos = 0;
    std::uint64_t subscriptions = 0;
    bool following() const { return sent_.has_value(); }
    std::uint64_t last() const { return last_; }

    std::uint64_t batch = 100;
    bool skip_a_record = false;  // a stationd that breaks its word: the next batch lacks its first record
    std::set<std::uint64_t> lacks;  // records that are not in the log
    bool refuse_acks = false;
    std::vector<nlohmann::json> handed_in;  // commands and key sets
    nlohmann::json verdict = nlohmann::json::object();  // on them; {}: done

 private:
    void on_bytes(Stream& stream, std::string_view bytes) override;
    void on_file(Stream&, std::unique_ptr<File>) override {}
    void on_closed(Stream& stream) override;
    Mono next_deadline() const override { return gone_ ? Mono::min() : state_due_; }
    void advance(Now now) override;
    void settle(Now now) override;
    nlohmann::json handle(const nlohmann::json& request);
    nlohmann::json subscribe(const nlohmann::json& request);
    nlohmann::json record(std::uint64_t seq) const;
    void push_records();
    void push_state(Now now);
    void say(const nlohmann::json& message);

    EventLoop& loop_;
    std::unique_ptr<Stream> stream_;
    bool gone_ = false;
    LineReader lines_;
    std::uint32_t epoch_ = 7;
    std::uint64_t last_ = 0;
    std::optional<std::uint64_t> sent_;  // while the feed is followed
    bool state_ = false;
    bool live_ = false;
    std::uint64_t live_sent_ = 0;
    std::vector<std::string> alarms_;
    std::uint64_t state_number_ = 1;
    std::string state_sent_;
    Mono state_due_ = never;
    Mono next_state_at_ = Mono::min();
};

}  // namespace yizhan
