// The chain of the stored records: going on with it, sealing it, verifying it.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "firmware/identity/hex.h"
#include "firmware/storage/access_log.h"
#include "firmware/storage/database.h"
#include "firmware/storage/log_check.h"
#include "firmware/storage/name_dictionary.h"
#include "firmware/storage/record_document.h"
#include "firmware/storage/record_row.h"
#include "hal/check.h"

namespace yizhan {
namespace {

// Records looked at by one verify(): some tens of milliseconds, for which a commit waits at most.
constexpr std::int64_t verify_step = 2000;

// Columns seq, hash, key, signature from `first` on.
Checkpoint read_checkpoint(const Statement& row, int first, std::uint32_t epoch) {
    Checkpoint checkpoint{.epoch = epoch, .seq = static_cast<std::uint64_t>(row.integer(first))};
    // What is left empty has a hash or a signature that is wrong.
    static_cast<void>(read_bytes(row, first + 1, checkpoint.hash));
    static_cast<void>(read_bytes(row, first + 2, checkpoint.key));
    static_cast<void>(read_bytes(row, first + 3, checkpoint.signature));
    return checkpoint;
}

// Whoever has changed records can sign them again, but not with the station's key.
void check_seal(LogCheck& check, const Checkpoint& checkpoint, const PublicKey& own) {
    if (checkpoint.hash != check.hash || !is_signed(checkpoint)) {
        check.flaw = {checkpoint.seq, "its checkpoint is not the one the station signed"};
        return;
    }
    if (checkpoint.key != own && !check.former_keys.contains(checkpoint.key)) {
        check.flaw = {checkpoint.seq,
                      "its checkpoint is signed by a key that is not the station's: " + to_hex(checkpoint.key)};
        return;
    }
    ++check.checkpoints;
    check.sealed = checkpoint.seq;
    check.keys.insert(checkpoint.key);
}

void check_known(LogCheck& check) {
    if (!check.known || check.known->seq != check.last || check.known->hash == check.hash) return;
    check.flaw = {check.last, "this record or one before it is another than the checkpoint to compare with has"};
}

}  // namespace

// Unpredictable for whoever does not have `salts_`, which die with the program.
Salt AccessLog::next_salt() {
    Sha256 hash;
    hash.add(std::as_bytes(std::span(salts_)));
    hash.add(std::as_bytes(std::span(&salts_made_, 1)));
    ++salts_made_;
    const auto sum = hash.sum();
    Salt salt{};
    std::copy_n(sum.begin(), salt.size(), salt.begin());
    return salt;
}

Result<void> AccessLog::load_chain() {
    newest_hash_ = beginning_.hash;
    checkpoint_.reset();
    auto newest = database_->prepare("SELECT hash FROM record ORDER BY seq DESC LIMIT 1");
    if (!newest) return std::unexpected(newest.error());
    const auto row = newest->step();
    if (!row) return std::unexpected(row.error());
    if (*row) static_cast<void>(read_bytes(*newest, 0, newest_hash_));

    auto sealed = database_->prepare("SELECT seq, hash, key, signature FROM checkpoint ORDER BY seq DESC LIMIT 1");
    if (!sealed) return std::unexpected(sealed.error());
    const auto found = sealed->step();
    if (!found) return std::unexpected(found.error());
    if (*found) checkpoint_ = read_checkpoint(*sealed, 0, epoch_);
    return {};
}

Result<void> AccessLog::seal() {
    YZ_CHECK(restored_);
    if (last_seq_ == 0 || (checkpoint_ && checkpoint_->seq >= last_seq_)) return {};
    const auto checkpoint = make_checkpoint(epoch_, last_seq_, newest_hash_, key_);
    auto insert = database_->prepare("INSERT INTO checkpoint (seq, hash, key, signature) VALUES (?, ?, ?, ?)");
    if (!insert) return std::unexpected(insert.error());
    insert->bind(1, static_cast<std::int64_t>(checkpoint.seq));
    insert->bind(2, std::span<const std::uint8_t>(checkpoint.hash));
    insert->bind(3, std::span<const std::uint8_t>(checkpoint.key));
    insert->bind(4, std::span<const std::uint8_t>(checkpoint.signature));
    if (auto done = insert->run(); !done) return done;
    checkpoint_ = checkpoint;
    return {};
}

Result<void> AccessLog::begin_check(LogCheck& check) const {
    const bool known_is_gone = check.known && check.known->seq < beginning_.deleted && check.first == 0;
    if (known_is_gone) {
        return failure(fmt::format("the log begins at record {}, behind that checkpoint", beginning_.first()),
                       fmt::format("compare with a checkpoint of record {} or a later one", beginning_.deleted));
    }
    check.last = beginning_.deleted;
    check.first = beginning_.first();
    check.hash = beginning_.hash;
    const auto is_signed_by = [&](const PublicKey& key) {
        return is_beginning_signed(epoch_, beginning_.deleted, beginning_.hash, beginning_.signature, key);
    };
    if (beginning_.deleted > 0 && !is_signed_by(public_key()) &&
        std::ranges::none_of(check.former_keys, is_signed_by)) {
        check.flaw = {beginning_.deleted,
                      "it and those before it are missing, and it was not the station that took them"};
    }
    check_known(check);
    return {};
}

// What says that there was more than there is.
Result<void> AccessLog::end_check(LogCheck& check) {
    check.done = true;
    const auto sealed = database_->integer("SELECT max(seq) FROM checkpoint");
    if (!sealed) return std::unexpected(sealed.error());
    const std::uint64_t known = check.known ? check.known->seq : 0;
    const auto upto = std::max({static_cast<std::uint64_t>(*sealed), known, acknowledged_, last_seq_});
    if (upto > check.last) {
        check.flaw = {check.last + 1, fmt::format("it is missing, and so is everything up to {}", upto)};
    }
    return {};
}

Result<LogCheck> AccessLog::verify(LogCheck check) {
    YZ_CHECK(restored_ && !check.done);
    // Also when what it has come to was taken away meanwhile.
    if (check.first == 0 || check.last < beginning_.deleted) {
        if (auto begun = begin_check(check); !begun) return std::unexpected(begun.error());
    }
    auto rows = database_->prepare(
        "SELECT " + record_columns() +
        ", sealed, sealed_hash, key, signature FROM record LEFT JOIN "
        "(SELECT seq AS sealed, hash AS sealed_hash, key, signature FROM checkpoint) ON sealed = seq "
        "WHERE seq > ? ORDER BY seq LIMIT ?");
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, static_cast<std::int64_t>(check.last));
    rows->bind(2, verify_step);
    std::int64_t seen = 0;
    while (!check.flaw) {
        const auto row = rows->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        ++seen;
        const LogRow record = read_row(*rows, epoch_, *words_);
        const StoredSecrets secrets = read_secrets(*rows);
        const auto next = chain_next(check.hash, record_document(record));
        if (record.seq != check.last + 1) {
            check.flaw = {check.last + 1, "it is missing"};
        } else if (next != read_hash(*rows)) {
            check.flaw = {record.seq, "it is not what was stored"};
        } else if (is_erased(*rows) ? record.seq > erased_ && !record.commitment.empty()
                                    : to_hex(commitment_of(secrets.salt, secrets.credential)) != record.commitment) {
            check.flaw = {record.seq, "its credential is not the one that was presented"};
        }
        if (check.flaw) break;
        check.last = record.seq;
        check.hash = next;
        check_known(check);
        if (!rows->is_null(record_column_count) && !check.flaw) {
            check_seal(check, read_checkpoint(*rows, record_column_count, epoch_), public_key());
        }
    }
    if (check.flaw) {
        check.done = true;
    } else if (seen < verify_step) {
        if (auto ended = end_check(check); !ended) return std::unexpected(ended.error());
    }
    return check;
}

}  // namespace yizhan
