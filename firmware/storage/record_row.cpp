#include "firmware/storage/record_row.h"

#include <algorithm>
#include <array>

#include "firmware/identity/hex.h"
#include "firmware/storage/named_positions.h"

namespace yizhan {
namespace {

// Columns that hold a word, in the order in which the table has them behind the first six.
constexpr std::array word_columns{
    &LogRow::outcome, &LogRow::cause,  &LogRow::off_reason, &LogRow::mode,  &LogRow::alarm,
    &LogRow::door,    &LogRow::reader, &LogRow::outlet,     &LogRow::input, &LogRow::group,
};
constexpr int type_column = 1;
constexpr int first_word_column = 6;
constexpr int visit_column = first_word_column + static_cast<int>(word_columns.size());
constexpr int actor_column = visit_column + 3;
constexpr int key_id_column = actor_column + 2;
constexpr int commitment_column = key_id_column + 3;
constexpr int hash_column = commitment_column + 1;
static_assert(hash_column + 1 == record_column_count);

template <class Enum>
std::string word_of(Enum value, Enum none) {
    return value == none ? std::string() : std::string(name_of(value));
}

// Most fields of most records are 0: NULL takes no byte beyond the row's header.
void bind_number(Statement& insert, int column, std::int64_t value) {
    if (value == 0) {
        insert.bind_null(column + 1);
    } else {
        insert.bind(column + 1, value);
    }
}

void bind_bytes(Statement& insert, int column, std::span<const std::uint8_t> bytes, bool present) {
    if (present) {
        insert.bind(column + 1, bytes);
    } else {
        insert.bind_null(column + 1);
    }
}

Result<void> bind_word(Statement& insert, int column, const std::string& word, Database& database,
                       NameDictionary& words) {
    if (word.empty()) {
        insert.bind_null(column + 1);
        return {};
    }
    const auto number = words.number_of(database, word);
    if (!number) return std::unexpected(number.error());
    insert.bind(column + 1, *number);
    return {};
}

template <class Index>
bool is_gone(const std::string& name, const std::optional<Index>& index) {
    return !name.empty() && !index;
}

}  // namespace

LogRow to_row(const Record& record, std::uint32_t epoch, const StationConfig& names) {
    // Normal is a mode like any other where the record is about modes.
    const bool has_mode = record.mode != Mode::normal || record.type == RecordType::mode_changed;
    return {
        .seq = record.seq,
        .epoch = epoch,
        .at = record.at,
        .type = std::string(name_of(record.type)),
        .outcome = record.outcome == Outcome::none ? std::string() : std::string(text_of(record.outcome).code),
        .cause = word_of(record.cause, OpenCause::none),
        .off_reason = word_of(record.off_reason, OffReason::none),
        .mode = has_mode ? std::string(name_of(record.mode)) : std::string(),
        .alarm = word_of(record.alarm, AlarmKind::none),
        .door = name_at(names.doors, record.door),
        .reader = name_at(names.readers, record.reader),
        .outlet = name_at(names.outlets, record.outlet),
        .input = name_at(names.inputs, record.input),
        .group = name_at(names.groups, record.group),
        .visit = record.visit,
        .lasts = record.lasts,
        .value = record.value,
        .actor = word_of(record.actor.role, ActorRole::station),
        .uid = record.actor.uid,
    };
}

Record to_record(const LogRow& row, const CredentialId& credential, const StationConfig& names) {
    Record neutral;
    neutral.seq = row.seq;
    neutral.at = row.at;
    neutral.type = RecordType::settings_loaded;

    Record record = neutral;
    const auto type = record_type_from(row.type);
    if (!type) return neutral;
    record.type = *type;
    record.outcome = outcome_from_code(row.outcome).value_or(Outcome::none);
    record.cause = open_cause_from(row.cause).value_or(OpenCause::none);
    record.off_reason = off_reason_from(row.off_reason).value_or(OffReason::none);
    record.mode = mode_from(row.mode).value_or(Mode::normal);
    record.alarm = alarm_kind_from(row.alarm).value_or(AlarmKind::none);
    record.door = position_of<DoorIndex>(names.doors, row.door);
    record.reader = position_of<ReaderIndex>(names.readers, row.reader);
    record.outlet = position_of<OutletIndex>(names.outlets, row.outlet);
    record.input = position_of<InputIndex>(names.inputs, row.input);
    record.group = position_of<std::uint8_t>(names.groups, row.group);
    record.visit = row.visit;
    record.lasts = row.lasts;
    record.value = row.value;
    record.actor = {actor_role_from(row.actor).value_or(ActorRole::station), row.uid};
    record.credential = credential;

    const bool about_alarm = *type == RecordType::alarm_raised || *type == RecordType::alarm_cleared ||
                             *type == RecordType::alarm_acknowledged;
    const bool subject_gone = is_gone(row.door, record.door) || is_gone(row.reader, record.reader) ||
                              is_gone(row.outlet, record.outlet) || is_gone(row.input, record.input);
    return about_alarm && subject_gone ? neutral : record;
}

std::string record_columns() {
    return "seq, type, boot, mono, wall, trusted, outcome, cause, off_reason, mode, alarm, door, reader, outlet, "
           "input, member_group, visit, lasts, value, actor, uid, key_id, digest, salt, commitment, hash";
}

Result<void> bind_row(Statement& insert, const LogRow& row, const StoredSecrets& secrets, const ChainHash& hash,
                      Database& database, NameDictionary& words) {
    insert.bind(1, static_cast<std::int64_t>(row.seq));
    auto bound = bind_word(insert, type_column, row.type, database, words);
    if (!bound) return bound;
    insert.bind(3, static_cast<std::int64_t>(row.at.boot));
    insert.bind(4, row.at.mono.time_since_epoch().count());
    insert.bind(5, row.at.wall.time_since_epoch().count());
    insert.bind(6, std::int64_t{row.at.trusted});
    for (std::size_t i = 0; i < word_columns.size(); ++i) {
        bound = bind_word(insert, first_word_column + static_cast<int>(i), row.*word_columns[i], database, words);
        if (!bound) return bound;
    }
    bind_number(insert, visit_column, static_cast<std::int64_t>(row.visit));
    bind_number(insert, visit_column + 1, row.lasts.count());
    bind_number(insert, visit_column + 2, row.value);
    bound = bind_word(insert, actor_column, row.actor, database, words);
    if (!bound) return bound;
    bind_number(insert, actor_column + 1, row.uid);
    bind_number(insert, key_id_column, secrets.credential.key_id);
    bind_bytes(insert, key_id_column + 1, secrets.credential.digest, secrets.credential.key_id != 0);
    bind_bytes(insert, key_id_column + 2, secrets.salt, secrets.credential.key_id != 0);
    Sha256Sum commitment{};
    const bool committed = from_hex(row.commitment, commitment);
    bind_bytes(insert, commitment_column, commitment, committed);
    bind_bytes(insert, hash_column, hash, true);
    return {};
}

LogRow read_row(const Statement& row, std::uint32_t epoch, const NameDictionary& words) {
    LogRow read;
    read.seq = static_cast<std::uint64_t>(row.integer(0));
    read.epoch = epoch;
    read.type = words.word(row.integer(type_column));
    read.at.boot = static_cast<std::uint64_t>(row.integer(2));
    read.at.mono = Mono(nanoseconds(row.integer(3)));
    read.at.wall = Wall(milliseconds(row.integer(4)));
    read.at.trusted = row.integer(5) != 0;
    for (std::size_t i = 0; i < word_columns.size(); ++i) {
        read.*word_columns[i] = words.word(row.integer(first_word_column + static_cast<int>(i)));
    }
    read.visit = static_cast<VisitId>(row.integer(visit_column));
    read.lasts = milliseconds(row.integer(visit_column + 1));
    read.value = row.integer(visit_column + 2);
    read.actor = words.word(row.integer(actor_column));
    read.uid = static_cast<std::uint32_t>(row.integer(actor_column + 1));
    if (!row.is_null(commitment_column)) read.commitment = to_hex(row.blob(commitment_column));
    return read;
}

StoredSecrets read_secrets(const Statement& row) {
    StoredSecrets secrets;
    if (!read_bytes(row, key_id_column + 1, secrets.credential.digest)) return {};
    if (!read_bytes(row, key_id_column + 2, secrets.salt)) return {};
    if (secrets.salt == Salt{} && secrets.credential.digest == CredentialId{}.digest) return {};
    secrets.credential.key_id = static_cast<std::uint32_t>(row.integer(key_id_column));
    return secrets;
}

bool is_erased(const Statement& row) {
    const auto has_none = [&](int column) {
        return std::ranges::all_of(row.blob(column), [](auto b) { return b == 0; });
    };
    return has_none(key_id_column + 1) && has_none(key_id_column + 2);
}

ChainHash read_hash(const Statement& row) {
    ChainHash hash{};
    static_cast<void>(read_bytes(row, hash_column, hash));
    return hash;
}

}  // namespace yizhan
