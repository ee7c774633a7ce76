#include "firmware/storage/record_chain.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "firmware/identity/hex.h"

namespace yizhan {
namespace {

// Most significant byte first.
template <class Number>
std::array<std::uint8_t, sizeof(Number)> bytes_of(Number number) {
    std::array<std::uint8_t, sizeof(Number)> bytes;
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, number >>= 8) {
        *byte = static_cast<std::uint8_t>(number);
    }
    return bytes;
}

std::string signed_text(std::string text, std::uint32_t epoch, std::uint64_t seq, const ChainHash& hash) {
    const auto append = [&](const auto& bytes) { text.append(bytes.begin(), bytes.end()); };
    append(bytes_of(epoch));
    append(bytes_of(seq));
    append(hash);
    return text;
}

std::string signed_text(const Checkpoint& checkpoint) {
    return signed_text("yizhan checkpoint v1\n", checkpoint.epoch, checkpoint.seq, checkpoint.hash);
}

std::string text_of_beginning(std::uint32_t epoch, std::uint64_t deleted, const ChainHash& hash) {
    return signed_text("yizhan log begins v1\n", epoch, deleted, hash);
}

template <std::size_t N>
bool read_hex(const nlohmann::json& document, const char* name, std::array<std::uint8_t, N>& out) {
    const auto found = document.find(name);
    return found != document.end() && found->is_string() && from_hex(found->get_ref<const std::string&>(), out);
}

template <class Number>
bool read_number(const nlohmann::json& document, const char* name, Number& out) {
    const auto found = document.find(name);
    if (found == document.end() || !found->is_number_unsigned()) return false;
    const auto number = found->get<std::uint64_t>();
    out = static_cast<Number>(number);
    return std::in_range<Number>(number);
}

}  // namespace

ChainHash chain_start(std::string_view station, std::uint32_t epoch) {
    const auto text = fmt::format("yizhan log v1\n{}\n{}", station, epoch);
    return sha256(std::as_bytes(std::span(text)));
}

ChainHash chain_next(const ChainHash& before, const nlohmann::json& record) {
    return chain_next(before, std::string_view(record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
}

ChainHash chain_next(const ChainHash& before, std::string_view record) {
    Sha256 hash;
    hash.add(std::as_bytes(std::span(before)));
    hash.add(std::as_bytes(std::span(record)));
    return hash.sum();
}

Sha256Sum commitment_of(const Salt& salt, const CredentialId& credential) {
    Sha256 hash;
    hash.add(std::as_bytes(std::span(salt)));
    const auto key_id = bytes_of(credential.key_id);
    hash.add(std::as_bytes(std::span(key_id)));
    hash.add(std::as_bytes(std::span(credential.digest)));
    return hash.sum();
}

Checkpoint make_checkpoint(std::uint32_t epoch, std::uint64_t seq, const ChainHash& hash, const SigningKey& key) {
    Checkpoint checkpoint{.epoch = epoch, .seq = seq, .hash = hash, .key = key.public_key(), .signature = {}};
    const auto text = signed_text(checkpoint);
    checkpoint.signature = key.sign(std::as_bytes(std::span(text)));
    return checkpoint;
}

bool is_signed(const Checkpoint& checkpoint) {
    const auto text = signed_text(checkpoint);
    return is_signed_by(checkpoint.key, std::as_bytes(std::span(text)), checkpoint.signature);
}

Signature sign_beginning(std::uint32_t epoch, std::uint64_t deleted, const ChainHash& hash, const SigningKey& key) {
    const auto text = text_of_beginning(epoch, deleted, hash);
    return key.sign(std::as_bytes(std::span(text)));
}

bool is_beginning_signed(std::uint32_t epoch, std::uint64_t deleted, const ChainHash& hash, const Signature& signature,
                         const PublicKey& key) {
    const auto text = text_of_beginning(epoch, deleted, hash);
    return is_signed_by(key, std::as_bytes(std::span(text)), signature);
}

nlohmann::json checkpoint_document(const Checkpoint& checkpoint) {
    return {{"epoch", checkpoint.epoch},
            {"seq", checkpoint.seq},
            {"hash", to_hex(checkpoint.hash)},
            {"key", to_hex(checkpoint.key)},
            {"signature", to_hex(checkpoint.signature)}};
}

std::optional<Checkpoint> checkpoint_from(const nlohmann::json& document) {
    Checkpoint checkpoint;
    const bool whole = document.is_object() && read_number(document, "epoch", checkpoint.epoch) &&
                       read_number(document, "seq", checkpoint.seq) && read_hex(document, "hash", checkpoint.hash) &&
                       read_hex(document, "key", checkpoint.key) &&
                       read_hex(document, "signature", checkpoint.signature);
    if (!whole) return std::nullopt;
    return checkpoint;
}

}  // namespace yizhan
