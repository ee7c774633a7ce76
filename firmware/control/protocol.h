// clang-format off
// The control socket: one protocol for uplink, tool and tests. UTF-8 JSON, one object a line, at most 64 KiB a line;
// only the replies to status, wiring and config may be longer.
//
// client -> stationd: {"id": N, "do": VERB, ...}          id: 1 … 2^53-1, chosen by the client, comes back in the reply
// stationd -> client: {"id": N, "ok": true, ...}
//                     {"id": N, "ok": false, "error": {"code": CODE, "what": TEXT, "cure": TEXT}}
//                     {"push": KIND, ...}                  only to those who asked
// A line that is no such object is answered with id 0 and code "bad-request"; after 8 of them the client is dropped.
// So is one that has 256 lines or 256 KiB waiting to be handled, or 1 MiB waiting to be read. Replies to commands and
// log queries may overtake each other. Arguments that a verb does not know are ignored.
//
// verb         arguments                                       right        reply / push
// hello        role ("maintenance"|"read-only"|"uplink"),      any          {"role", "station", "version"}; may only
//              version 1                                                    lower what the peer's uid and groups give
// status       -                                               read         {"status": {...}} (documents.h)
// info         -                                               read         {"info": {...}}, the MQTT document
// wiring       -                                               read         {"wiring": {...}}: every line and reader as it
//                                                                           is this moment, with verdict and cure
// subscribe    state: bool, live: bool,                        read         {"epoch", "after"?}
//              records_after: seq|"acknowledged"                            push "state" {"state"}: at once, then on
//                                                                           change, at most twice a second;
//                                                                           push "live" {"record", "dropped"?}: as it
//                                                                           happens, dropped = lost before this one;
//                                                                           push "records" {"epoch", "records": [...]}:
//                                                                           stored ones, in order, at most 100 a batch
// unsubscribe  -                                               read         {}: from everything
// log          after|before seq (before 0: from the newest),   read         {"records": [...], "more": bool}: upwards
//              from, to (ms since 1970), type, door,                        from after, downwards from before; one at a
//              limit 1 … 250                                                time, a second one is "busy"
// verify       seq, hash: of a checkpoint that the centre has;  read         {"first", "last", "checkpoints", "sealed",
//              former_keys: that the station has had, hex,                  "keys", "flaw"?: {"seq", "what"}} when the
//              commas between them                                          whole log has been gone through
// config       -                                               read         {"settings": {...}} as they are in force
// ack          epoch, upto                                     uplink       {}: records the centre has; cumulative; an
//                                                                           epoch that is not ours or an upto that is
//                                                                           not stored is refused
// uplink       connected: bool, fault: name, detail            uplink       {}: shown in status, raises and clears the
//                                                                           alarm; when its client leaves, the uplink
//                                                                           counts as not connected
// door         door, action: "unlock"|"hold"|"lock", seconds?  maintenance  {} when Station has decided
// outlet       outlet, action: "on"|"off", of the room also    maintenance  {}, likewise below
//              "auto", minutes: 1–720 (else 60)
// mode         mode, minutes?                                  maintenance  {}
// occupancy    count                                           maintenance  {}
// alarm        alarm (its name), action: "acknowledge"         maintenance  {}
// members      (a file descriptor comes with the line)         maintenance  {"version", "count"} once it is in force
// command      payload: as it came (signed_command.h);         uplink,      {} when it was stored and Station has decided;
//              verb: of the topic it came on;                  maintenance  refused with the outcome that says why
//              retained: bool, of the broker
// signers      document: as it came (signer_set.h)             uplink,      {"version", "keys"} once it is in force
//                                                              maintenance
// enrol        reader, action: "start"|"end", minutes?         maintenance  {}; push "enrolled" {"reader",
//                                                                           "credential", "kind"} to who started it;
//                                                                           ends when that client leaves
// sim          …                                               maintenance  stationd-demo only
//
// Error codes: bad-request, unknown-verb, not-permitted, not-found, refused (with "outcome" where Station decided),
// busy, failed.
// clang-format on
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace yizhan {

inline constexpr int control_version = 1;
inline constexpr std::size_t control_line_limit = std::size_t{64} * 1024;
inline constexpr std::size_t control_send_limit = std::size_t{1024} * 1024;  // bytes waiting for a slow client
inline constexpr std::size_t control_payload_limit = std::size_t{8} * 1024;  // of what the centre has signed
inline constexpr std::size_t control_client_limit = 32;
inline constexpr std::size_t control_bad_line_limit = 8;
inline constexpr std::size_t feed_batch_limit = 100;

}  // namespace yizhan
