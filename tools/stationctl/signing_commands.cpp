// Keys of the centre, and what it signs with them.
#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>

#include "drivers/ports/files.h"
#include "drivers/ports/random.h"
#include "firmware/identity/canonical_json.h"
#include "firmware/identity/hex.h"
#include "firmware/identity/signed_command.h"
#include "firmware/identity/signer_set.h"
#include "tools/stationctl/json_access.h"
#include "tools/stationctl/output.h"
#include "tools/stationctl/secret_file.h"
#include "tools/stationctl/station_time.h"
#include "tools/stationctl/tool.h"

namespace yizhan {
namespace {

using nlohmann::json;

constexpr std::int64_t china = 480;  // minutes
// Clocks differ a little, and the command may be there before our own time has come there.
constexpr seconds earlier{30};

Wall wall_now() { return Wall(std::chrono::floor<milliseconds>(std::chrono::system_clock::now().time_since_epoch())); }
std::uint64_t ms_of(Wall wall) { return static_cast<std::uint64_t>(wall.time_since_epoch().count()); }

Result<SigningKey> read_signing_key(const std::string& path) {
    const auto secret = SecretFile::read(path);
    if (!secret) return std::unexpected(secret.error());
    const auto bytes = secret->bytes();
    auto seed = key_from_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
    if (!seed) return std::unexpected(seed.error());
    auto key = SigningKey::of_seed(*seed);
    explicit_bzero(seed->data(), seed->size());
    return key;
}

Result<SignerDocument> read_document(const std::string& file) {
    SystemFiles files;
    const auto text = read_text(files, file, signer_set_limit);
    if (!text) return std::unexpected(text.error());
    return read_signer_document(text->ends_with('\n') ? std::string_view(*text).substr(0, text->size() - 1) : *text);
}

Result<void> write_document(const std::string& file, const SignerDocument& document) {
    SystemFiles files;
    const std::string text = to_text(document) + '\n';
    return files.replace(file, std::as_bytes(std::span(text)));
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// NUMBER:PUBLIC KEY:ROLE,ROLE
std::optional<Signer> signer_from(std::string_view text) {
    const auto first = text.find(':');
    const auto second = first == std::string_view::npos ? first : text.find(':', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    Signer signer;
    const auto number = whole_number<std::uint32_t>(text.substr(0, first));
    if (!number || *number == 0 || !from_hex(text.substr(first + 1, second - first - 1), signer.key))
        return std::nullopt;
    signer.number = *number;
    std::string_view roles = text.substr(second + 1);
    while (!roles.empty()) {
        const auto comma = std::min(roles.find(','), roles.size());
        bool known = false;
        for (std::size_t i = 0; i < signer_role_count; ++i) {
            if (name_of(static_cast<SignerRole>(i)) != roles.substr(0, comma)) continue;
            signer.roles[i] = known = true;
        }
        if (!known) return std::nullopt;
        roles.remove_prefix(std::min(comma + 1, roles.size()));
    }
    const bool any = std::ranges::find(signer.roles, true) != signer.roles.end();
    return any ? std::optional(signer) : std::nullopt;
}

// Of these a number is one; all else is text, also a door that is called 1.
json value_of(std::string_view name, std::string_view text) {
    const auto number = whole_number<std::uint64_t>(text);
    const bool counts = name == "seconds" || name == "minutes" || name == "count";
    return counts && number ? json(*number) : json(text);
}

}  // namespace

Tried<ExitCode> generate_key(const Tool& tool, const std::string& out_file) {
    KeyBytes seed{};
    SystemRandom().fill(std::as_writable_bytes(std::span(seed)));
    const PublicKey key = SigningKey::of_seed(seed).public_key();
    auto text = to_text(seed) + '\n';
    explicit_bzero(seed.data(), seed.size());
    if (const auto written = write_key_file(out_file, text); !written) return failed(written.error());
    if (tool.json) {
        static_cast<void>(write_json({{"ok", true}, {"file", out_file}, {"public_key", to_hex(key)}}));
    } else {
        static_cast<void>(
            write_out(fmt::format("{}: a new key, for its owner only; its public half:\n{}\n", out_file, to_hex(key))));
    }
    return ExitCode::ok;
}

Tried<ExitCode> show_public_key(const Tool& tool, const std::string& file) {
    const auto key = read_signing_key(file);
    if (!key) return failed(key.error());
    const auto digits = to_hex(key->public_key());
    static_cast<void>(tool.json ? write_json({{"ok", true}, {"public_key", digits}}) : write_out(digits + '\n'));
    return ExitCode::ok;
}

Tried<ExitCode> build_signers(const Tool&, const SignersOptions& options) {
    const auto expires = parse_time(options.expires, static_cast<std::int64_t>(ms_of(wall_now())), china);
    if (!expires || *expires <= static_cast<std::int64_t>(ms_of(wall_now()))) {
        return failed({"--expires " + options.expires + ": no day to come", "say 2027-12-31"}, ExitCode::usage);
    }
    std::vector<Signer> signers;
    for (const auto& text : options.signers) {
        const auto signer = signer_from(text);
        if (!signer) {
            return failed({"--signer " + text + ": not understood",
                           "say NUMBER:PUBLIC_KEY:ROLE,ROLE with the roles operate, configure, list"},
                          ExitCode::usage);
        }
        signers.push_back(*signer);
    }
    std::ranges::sort(signers, {}, &Signer::number);
    if (std::ranges::adjacent_find(signers, {}, &Signer::number) != signers.end()) {
        return failed({"--signer: a number is there twice", "each key has its own, for ever"}, ExitCode::usage);
    }
    if (signers.size() > SignerSet::most_signers) {
        return failed({fmt::format("--signer: {} keys", signers.size()),
                       fmt::format("a set has {} at most", SignerSet::most_signers)},
                      ExitCode::usage);
    }
    SignerSet set{.version = options.version, .expires = Wall(milliseconds(*expires))};
    for (const Signer& signer : signers) set.signers.push_back(signer);
    const SignerDocument document{.text = text_of(set)};
    if (const auto written = write_document(options.out_file, document); !written) return failed(written.error());
    static_cast<void>(
        write_out(fmt::format("{}: version {} with {} keys; now sign it: stationctl signers sign {} --key ROOT\n",
                              options.out_file, set.version, set.signers.size(), options.out_file)));
    return ExitCode::ok;
}

Tried<ExitCode> sign_signers(const Tool&, const std::string& file, const std::string& key_file) {
    auto document = read_document(file);
    if (!document) return failed(document.error());
    const auto key = read_signing_key(key_file);
    if (!key) return failed(key.error());
    const auto set = unverified_signers(*document);
    if (!set) return failed(set.error());
    const std::string message = to_sign(*set);
    std::erase_if(document->signatures, [&](const auto& given) { return given.root == key->public_key(); });
    if (document->signatures.size() == RootKeys::most_roots) {
        return failed({file + ": is signed often enough", "a station asks for 4 signatures at most"});
    }
    document->signatures.push_back({key->public_key(), key->sign(std::as_bytes(std::span(message)))});
    if (const auto written = write_document(file, *document); !written) return failed(written.error());
    static_cast<void>(write_out(fmt::format("{}: signed, {} signatures\n", file, document->signatures.size())));
    return ExitCode::ok;
}

Tried<ExitCode> show_signers(const Tool& tool, const std::string& file) {
    const auto document = read_document(file);
    if (!document) return failed(document.error());
    const auto set = unverified_signers(*document);
    if (!set) return failed(set.error());
    std::string text =
        fmt::format("version {}, until {}, signed by {} root keys\n", set->version,
                    local_time(set->expires.time_since_epoch().count(), china), document->signatures.size());
    json list = json::array();
    for (const Signer& signer : set->signers) {
        const auto roles = fmt::format("{}", fmt::join(roles_of(signer), ", "));
        text += fmt::format("{:>6}  {}  {}\n", signer.number, to_hex(signer.key), roles);
        list.push_back({{"number", signer.number}, {"key", to_hex(signer.key)}, {"roles", roles}});
    }
    static_cast<void>(tool.json ? write_json({{"ok", true},
                                              {"version", set->version},
                                              {"expires", ms_of(set->expires)},
                                              {"signatures", document->signatures.size()},
                                              {"keys", std::move(list)}})
                                : write_out(text));
    return ExitCode::ok;
}

Tried<ExitCode> sign_command(const Tool&, const SignOptions& options) {
    const auto key = read_signing_key(options.key_file);
    if (!key) return failed(key.error());
    const Wall now = wall_now();
    std::array<std::uint8_t, 8> id{};
    SystemRandom().fill(std::as_writable_bytes(std::span(id)));
    SignedCommand command{.mandate = {.signer = options.signer,
                                      .sequence = ms_of(now),
                                      .not_before = now - earlier,
                                      .expires = now + seconds{options.seconds}},
                          .station = options.station,
                          .id = to_hex(id),
                          .verb = options.verb};
    json arguments = json::object();
    for (const auto& argument : options.arguments) {
        const auto equals = argument.find('=');
        if (equals == std::string::npos || equals == 0) {
            return failed({argument + ": not understood", "say name=value, as in door=front action=unlock"},
                          ExitCode::usage);
        }
        const auto name = argument.substr(0, equals);
        arguments[name] = value_of(name, std::string_view(argument).substr(equals + 1));
    }
    command.arguments = to_canonical(arguments);
    const std::string text = text_of(command);
    const std::string message = bytes_to_sign("command", text);
    const auto signature = key->sign(std::as_bytes(std::span(message)));
    static_cast<void>(write_out(signed_document(text, options.signer, signature) + '\n'));
    return ExitCode::ok;
}

Tried<ExitCode> load_signers(const Tool& tool, const std::string& file) {
    const auto document = read_document(file);
    if (!document) return failed(document.error());
    return change(tool, {{"do", "signers"}, {"document", to_text(*document)}}, "The key set is in force.");
}

Tried<ExitCode> send_command(const Tool& tool, const std::string& file) {
    SystemFiles files;
    auto text = read_text(files, file, signed_command_limit + 1);
    if (!text) return failed(text.error());
    if (text->ends_with('\n')) text->pop_back();
    return change(tool, {{"do", "command"}, {"payload", *text}}, "Done.");
}

}  // namespace yizhan
