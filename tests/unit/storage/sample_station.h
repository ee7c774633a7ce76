// A station with names, and records about it.
#pragma once

#include <cstdint>

#include "firmware/station/config.h"
#include "firmware/station/record.h"

namespace yizhan {

inline constexpr std::uint64_t sample_boot = 0xFEDC'BA98'7654'3210;  // needs all 64 bits

inline StationConfig sample_station() {
    StationConfig config;
    config.id = "test";
    for (const char* name : {"front", "back"}) config.doors.push_back({.name = name});
    for (const char* name : {"front-in", "front-out", "shelf"}) config.readers.push_back({.name = name});
    for (const char* name : {"left", "middle", "right"}) config.outlets.push_back({.name = name});
    for (const char* name : {"fire", "tamper"}) config.inputs.push_back({.name = name});
    for (const char* name : {"couriers", "cleaners"}) config.groups.push_back({.name = name});
    return config;
}

inline Stamp sample_stamp(std::uint64_t seq) {
    return {.boot = sample_boot,
            .mono = Mono(seconds(seq)),
            .wall = Wall(milliseconds(1'780'000'000'000) + seconds(seq)),
            .trusted = true};
}

inline CredentialId sample_credential(std::uint8_t person) {
    CredentialId id{.key_id = 0x80000001, .digest = {}};
    id.digest.fill(person);
    return id;
}

// Every field in use.
inline Record sample_record(std::uint64_t seq, RecordType type = RecordType::granted) {
    Record record;
    record.seq = seq;
    record.type = type;
    record.at = sample_stamp(seq);
    record.outcome = Outcome::welcome_slow;
    record.cause = OpenCause::exit_by_handle;
    record.off_reason = OffReason::time_limit;
    record.mode = Mode::free_access;
    record.alarm = AlarmKind::door_held_open;
    record.door = DoorIndex{1};
    record.reader = ReaderIndex{2};
    record.outlet = OutletIndex{1};
    record.input = InputIndex{0};
    record.group = 1;
    record.visit = 0xF000'0000'0000'0000 + seq;
    record.lasts = milliseconds(5000);
    record.value = -1;
    record.actor = {ActorRole::maintenance, 1000};
    record.credential = sample_credential(7);
    return record;
}

// Numbered from `first`, with nothing in them but a door.
inline std::vector<Record> plain_records(std::uint64_t first, std::size_t count) {
    std::vector<Record> records(count);
    for (std::size_t i = 0; i < count; ++i) {
        records[i].seq = first + i;
        records[i].type = i % 2 == 0 ? RecordType::door_opened : RecordType::door_closed;
        records[i].at = sample_stamp(first + i);
        records[i].door = DoorIndex{0};
    }
    return records;
}

}  // namespace yizhan
