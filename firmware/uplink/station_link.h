#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "firmware/control/line_reader.h"
#include "hal/event_loop.h"
#include "hal/stream.h"
#include "hal/time.h"

namespace yizhan {

class StationLinkListener {
 public:
    virtual ~StationLinkListener() = default;
    // stationd knows us as its uplink.
    virtual void on_station_ready() = 0;
    // It is gone, or was never there; once until it is ready again. Requests without a reply get none.
    virtual void on_station_lost() = 0;
    virtual void on_push(const nlohmann::json& message) = 0;
};

// The control socket as its client (firmware/control/protocol.h): connects, says hello, tries again every second for
// ever. Loop thread only.
class StationLink : private StreamListener {
 public:
    static constexpr milliseconds retry{1000};
    static constexpr std::size_t most_requests = 64;

    using OnReply = std::function<void(bool ok, const nlohmann::json& reply)>;

    StationLink(StreamConnector& connector, StationLinkListener& listener, std::function<void(const Error&)> tell);

    bool ready() const { return ready_; }
    // Only while ready(). `request` without its id. More than most_requests without a reply ends the connection.
    void send(nlohmann::json request, OnReply on_reply);
    // We two disagree: forget everything and begin again in a while.
    void start_over(const Error& why);

    Mono next_deadline() const;
    void advance(Now now);

 private:
    void on_bytes(Stream& stream, std::string_view bytes) override;
    void on_file(Stream&, std::unique_ptr<File>) override {}
    void on_closed(Stream& stream) override;
    void connect(Now now);
    void say_hello();
    void handle(const std::string& line);
    void lost(const Error& why);
    void say(const Error& why);

    StreamConnector& connector_;
    StationLinkListener& listener_;
    const std::function<void(const Error&)> tell_;
    std::unique_ptr<Stream> stream_;
    bool closed_ = true;  // the stream, if any, is to be destroyed
    bool ready_ = false;
    LineReader lines_;
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, OnReply> waiting_;
    Mono retry_at_ = Mono::min();
    bool lost_now_ = false;  // retry_at_ is still to be set: calls come without a time
    Error last_said_;
};

}  // namespace yizhan
