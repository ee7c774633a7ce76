// Record sequences as rapidcheck draws them: any field may hold anything the sample station has.
#pragma once

#include <rapidcheck.h>

#include <vector>

#include "tests/unit/storage/sample_station.h"

namespace yizhan {

template <class Enum>
rc::Gen<Enum> any_of(Enum last) {
    return rc::gen::map(rc::gen::inRange(0, static_cast<int>(last) + 1), [](int i) { return static_cast<Enum>(i); });
}

template <class Index>
rc::Gen<std::optional<Index>> any_position(std::size_t count) {
    return rc::gen::map(rc::gen::inRange<std::size_t>(0, count + 1), [count](std::size_t i) {
        return i == count ? std::nullopt : std::optional(static_cast<Index>(i));
    });
}

// Few people, visits and things, so that records meet each other.
inline Record random_record(std::uint64_t seq, const StationConfig& config) {
    Record record;
    record.seq = seq;
    record.type = *any_of(RecordType::records_lost);
    record.at = sample_stamp(seq);
    record.at.trusted = *rc::gen::arbitrary<bool>();
    record.outcome = *any_of(Outcome::fire_leave);
    record.cause = *any_of(OpenCause::forced);
    record.off_reason = *any_of(OffReason::restart);
    record.mode = *any_of(Mode::service);
    record.alarm = *any_of(AlarmKind::uplink);
    record.door = *any_position<DoorIndex>(config.doors.size());
    record.reader = *any_position<ReaderIndex>(config.readers.size());
    record.outlet = *any_position<OutletIndex>(config.outlets.size());
    record.input = *any_position<InputIndex>(config.inputs.size());
    record.group = *any_position<std::uint8_t>(config.groups.size());
    record.visit = *rc::gen::inRange<VisitId>(0, 6);
    record.lasts = milliseconds(*rc::gen::inRange(0, 100'000));
    record.value = *rc::gen::inRange<std::int64_t>(-2, 12);
    record.actor = {*any_of(ActorRole::simulation), *rc::gen::inRange<std::uint32_t>(0, 3)};
    const auto person = *rc::gen::inRange<std::uint8_t>(0, 5);
    if (person != 0) record.credential = sample_credential(person);
    return record;
}

inline std::vector<Record> random_records(const StationConfig& config, std::size_t most) {
    std::vector<Record> records(*rc::gen::inRange<std::size_t>(1, most + 1));
    for (std::size_t i = 0; i < records.size(); ++i) records[i] = random_record(i + 1, config);
    return records;
}

}  // namespace yizhan
