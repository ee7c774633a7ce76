// One client's reading of the log: its feed and its queries, with one query at the storage at a time. Private to
// firmware/control.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmware/storage/access_log.h"

namespace yizhan {

struct LogRequest {
    std::uint64_t id = 0;  // the client's
    LogQuery query;  // limit is the client's; one row more is asked for, to know whether there are more
};

class LogPages {
 public:
    // Records after `seq`, from now on. Replaces what was followed before.
    void follow(std::uint64_t seq);
    void stop() { following_ = false; }
    // False while another request waits.
    bool ask(LogRequest request);
    bool busy() const { return waiting_.has_value() || answering_.has_value(); }

    // What the storage is to be asked next, or nothing. A request of the client goes before its feed; `stored` is the
    // newest stored record, `room` is false while the client has not taken what it has been sent.
    std::optional<LogQuery> next_query(std::uint64_t stored, bool room, Mono now);
    // The storage's answer, kept until take().
    void answered(Result<std::vector<LogRow>> rows);

    struct Page {
        std::optional<LogRequest> request;  // none: the feed
        Result<std::vector<LogRow>> rows;  // of the feed: those not sent yet, in order
    };
    // A page that came since, or nothing.
    std::optional<Page> take(Mono now);

    // When next_query may have something although nothing happens.
    Mono next_deadline() const { return following_ ? retry_at_ : never; }

 private:
    bool following_ = false;
    std::uint64_t sent_ = 0;
    std::uint64_t generation_ = 0;  // counts follow(): a page asked for before is thrown away
    std::optional<LogRequest> waiting_;
    std::optional<LogRequest> answering_;
    bool under_way_ = false;
    std::uint64_t asked_generation_ = 0;
    Mono retry_at_ = never;  // the feed pauses until then; never: it does not pause
    std::optional<Result<std::vector<LogRow>>> answer_;
};

}  // namespace yizhan
