#include "firmware/identity/signer_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "firmware/identity/canonical_json.h"
#include "firmware/identity/hex.h"

namespace yizhan {
namespace {

using nlohmann::json;

constexpr std::string_view purpose = "key set";
constexpr std::array<std::string_view, signer_role_count> role_names{"operate", "configure", "list"};
constexpr const char* make_again = "make it again with `stationctl signers`";

template <std::size_t N>
bool read_hex(const json& object, const char* name, std::array<std::uint8_t, N>& into) {
    const auto text = text_in(object, name);
    return text && from_hex(*text, into);
}

// In the order of role_names, each once: one text for one set of roles.
bool read_roles(const json& names, Signer& signer) {
    if (!names.is_array() || names.empty()) return false;
    std::size_t next = 0;
    for (const json& name : names) {
        if (!name.is_string()) return false;
        const auto* const found = std::find(role_names.begin() + static_cast<std::ptrdiff_t>(next), role_names.end(),
                                            name.get_ref<const std::string&>());
        if (found == role_names.end()) return false;
        next = static_cast<std::size_t>(found - role_names.begin());
        signer.roles[next++] = true;
    }
    return true;
}

std::optional<Signer> signer_from(const json& object) {
    constexpr std::array<std::string_view, 3> names{"key", "number", "roles"};
    if (!has_only(object, names)) return std::nullopt;
    Signer signer;
    const auto number = number_in(object, "number");
    if (!number || *number == 0 || !std::in_range<std::uint32_t>(*number)) return std::nullopt;
    signer.number = static_cast<std::uint32_t>(*number);
    if (!read_hex(object, "key", signer.key) || !read_roles(object["roles"], signer)) return std::nullopt;
    return signer;
}

std::optional<SignerSet> set_from(std::string_view text) {
    constexpr std::array<std::string_view, 3> names{"expires", "keys", "version"};
    const auto object = read_canonical(text, signer_set_limit);
    if (!object || !has_only(*object, names)) return std::nullopt;
    const auto version = number_in(*object, "version");
    const auto expires = number_in(*object, "expires");
    const json& keys = (*object)["keys"];
    if (!version || *version == 0 || !expires || !keys.is_array()) return std::nullopt;
    SignerSet set{.version = *version, .expires = Wall(milliseconds(static_cast<std::int64_t>(*expires)))};
    for (const json& key : keys) {
        const auto signer = signer_from(key);
        // By rising number, so that none is there twice; and no key has two.
        const auto same_key = [&](const Signer& other) { return signer && other.key == signer->key; };
        if (std::any_of(set.signers.begin(), set.signers.end(), same_key)) return std::nullopt;
        const bool rises =
            signer && (set.signers.empty() || set.signers[set.signers.size() - 1].number < signer->number);
        if (!rises || set.signers.full()) return std::nullopt;
        set.signers.push_back(*signer);
    }
    return set;
}

std::size_t signatures_by_roots(const SignerDocument& document, const RootKeys& roots) {
    const std::string message = bytes_to_sign(purpose, document.text);
    std::vector<PublicKey> signed_by;
    for (const auto& [root, signature] : document.signatures) {
        if (std::ranges::find(roots.keys, root) == roots.keys.end()) continue;
        if (std::ranges::find(signed_by, root) != signed_by.end()) continue;
        if (is_signed_by(root, std::as_bytes(std::span(message)), signature)) signed_by.push_back(root);
    }
    return signed_by.size();
}

}  // namespace

std::string_view name_of(SignerRole role) { return role_names[static_cast<std::size_t>(role)]; }

std::vector<std::string_view> roles_of(const Signer& signer) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < signer_role_count; ++i) {
        if (signer.roles[i]) names.push_back(role_names[i]);
    }
    return names;
}

const Signer* SignerSet::find(std::uint32_t number) const {
    const auto* const found =
        std::find_if(signers.begin(), signers.end(), [&](const Signer& signer) { return signer.number == number; });
    return found == signers.end() ? nullptr : found;
}

Result<SignerDocument> read_signer_document(std::string_view document) {
    if (document.size() > signer_set_limit) {
        return failure(fmt::format("key set: longer than {} bytes", signer_set_limit), make_again);
    }
    constexpr std::array<std::string_view, 2> names{"keys", "signatures"};
    constexpr std::array<std::string_view, 2> signature_names{"root", "signature"};
    const auto none = [] { return failure("key set: is no signed key set", make_again); };
    const json envelope = json::parse(document, nullptr, /*allow_exceptions=*/false);
    if (!has_only(envelope, names) || !envelope["keys"].is_string() || !envelope["signatures"].is_array())
        return none();
    if (envelope["signatures"].size() > RootKeys::most_roots) return none();
    SignerDocument read{.text = envelope["keys"].get<std::string>()};
    for (const json& entry : envelope["signatures"]) {
        RootSignature given;
        if (!has_only(entry, signature_names)) return none();
        if (!read_hex(entry, "root", given.root) || !read_hex(entry, "signature", given.signature)) return none();
        read.signatures.push_back(given);
    }
    return read;
}

Result<SignerSet> unverified_signers(const SignerDocument& document) {
    auto set = set_from(document.text);
    if (!set) return failure("key set: is in a form that this program does not know", make_again);
    return *std::move(set);
}

Result<SignerSet> read_signer_set(std::string_view document, const RootKeys& roots) {
    const auto read = read_signer_document(document);
    if (!read) return std::unexpected(read.error());
    const std::size_t count = signatures_by_roots(*read, roots);
    if (count < roots.needed) {
        return failure(
            fmt::format("key set: signed by {} root keys of this station, {} are needed", count, roots.needed),
            "sign it with the keys whose public halves are in [commands] root_keys of the settings");
    }
    return unverified_signers(*read);
}

Result<void> may_follow(const SignerSet& now, const SignerSet& next) {
    if (next.version <= now.version) {
        return failure(fmt::format("key set: version {}, the station has {}", next.version, now.version),
                       "send the newest one; a set that undoes a change needs a higher version too");
    }
    for (const Signer& signer : next.signers) {
        const Signer* const before = now.find(signer.number);
        if (before != nullptr && before->key != signer.key) {
            return failure(fmt::format("key set: number {} was given to another key", signer.number),
                           "give the new key a number that no key has had");
        }
    }
    return {};
}

std::string text_of(const SignerSet& set) {
    json keys = json::array();
    for (const Signer& signer : set.signers) {
        keys.push_back({{"key", to_hex(signer.key)}, {"number", signer.number}, {"roles", roles_of(signer)}});
    }
    return to_canonical({{"expires", static_cast<std::uint64_t>(set.expires.time_since_epoch().count())},
                         {"keys", std::move(keys)},
                         {"version", set.version}});
}

std::string to_sign(const SignerSet& set) { return bytes_to_sign(purpose, text_of(set)); }

std::string to_text(const SignerDocument& document) {
    json list = json::array();
    for (const auto& [root, signature] : document.signatures) {
        list.push_back({{"root", to_hex(root)}, {"signature", to_hex(signature)}});
    }
    return to_canonical({{"keys", document.text}, {"signatures", std::move(list)}});
}

}  // namespace yizhan
