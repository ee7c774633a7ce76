// The control socket: one protocol for uplink, tool and tests. UTF-8 JSON, one object a line, at most 64 KiB a line.
//
// client -> stationd: {"id": N, "do": VERB, ...}          id: 1 … 2^53-1, chosen by the client, comes back in the reply
// stationd -> client: {"id": N, "ok": true, ...}
//                     {"id": N, "ok": false, "error": {"code": CODE, "what": TEXT, "cure": TEXT}}
//                     {"push": KIND, ...}                  only to those who asked
// A line that is no such object is answered with id 0 and code "bad-request"; after 8 of them the client is dropped.
//
// verb         arguments                                              right        reply / push
// hello        role ("maintenance"|"read-only"|"uplink"), version 1   any          {"role", "station", "version"}; may
// only
//                                                                                  lower what the peer's uid and groups
//                                                                                  give
// status       -                                                      read         {"status": {...}} (documents.h)
// info         -                                                      read         {"info": {...}}, the mqtt.md
// document subscribe    state: bool, live: bool, records_after: seq|"acknowledged"
//                                                                     read         push "state" {"state"}: at once,
//                                                                     then on change, at
//                                                                                  most twice a second; push "live"
//                                                                                  {"record"}: as it happens; push
//                                                                                  "records" {"epoch", "records":
//                                                                                  [...]}: stored ones, in order, in
//                                                                                  batches of at most 100
// unsubscribe  -                                                      read
// ack          epoch, upto                                            uplink       records the centre has; cumulative;
// an epoch that is
//                                                                                  not ours or an upto that is not
//                                                                                  stored is refused
// uplink       connected: bool, fault: name|"", detail, since         uplink       shown in status, raises and clears
// the alarm log          after|before seq, from, to (ms since 1970), type, door, limit
//                                                                     read         {"records": [...], "more": bool}
// door         door, action: "unlock"|"hold"|"lock", seconds?         maintenance  answered when Station has decided
// outlet       outlet, action: "on"|"off"                             maintenance
// mode         mode, minutes?                                         maintenance
// occupancy    count                                                  maintenance
// members      (a file descriptor comes with the line)                maintenance  {"version", "count"} once it is in
// force enrol        reader, action: "start"|"end", minutes?                maintenance  push "enrolled" {"reader",
// "credential", "kind"} config       -                                                      read         {"settings":
// {...}} as they are in force sim          …                                                      maintenance
// stationd-demo only
//
// Error codes: bad-request, unknown-verb, not-permitted, not-found, refused (with "outcome"), busy, failed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace yizhan {

inline constexpr int control_version = 1;
inline constexpr std::size_t control_line_limit = std::size_t{64} * 1024;
inline constexpr std::size_t control_send_limit = std::size_t{1024} * 1024;  // bytes waiting for a slow client
inline constexpr std::size_t control_client_limit = 32;
inline constexpr std::size_t control_bad_line_limit = 8;
inline constexpr std::size_t feed_batch_limit = 100;

}  // namespace yizhan
