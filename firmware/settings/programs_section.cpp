#include <fmt/format.h>

#include <algorithm>

#include "firmware/identity/hex.h"
#include "firmware/settings/sections.h"

namespace yizhan {
namespace {

const TextForm socket_form{[](std::string_view text) { return path_form.fits(text) && text.size() <= 107; },
                           "a path of 1 to 107 bytes", "\"/run/yizhan/control.sock\""};  // sun_path of unix(7)
const TextForm host_form{[](std::string_view text) {
                             return !text.empty() && text.size() <= 253 &&
                                    std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F' && c != '/'; });
                         },
                         "a host name or address", "\"mqtt.example.org\""};
const TextForm username_form{[](std::string_view text) {
                                 return !text.empty() && label_form.fits(text) &&
                                        text.find_first_of("+#/") == std::string_view::npos;
                             },
                             "1 to 200 bytes without +, # and /, which mean something in topics", "\"station-7\""};
const TextForm alsa_form{[](std::string_view text) { return !text.empty() && label_form.fits(text); },
                         "the name of an ALSA device of 1 to 200 bytes", "\"default\" or \"plughw:CARD=Device\""};

void read_identity(Section& section, IdentitySettings& identity) {
    section.text("key_file", identity.key_file, path_form);
    section.text("member_list", identity.member_list, path_form);
    section.finish();
}

void read_days(Section& section, std::string_view key, std::chrono::days& days, std::chrono::days least) {
    constexpr std::chrono::days most{3650};
    std::int64_t count = days.count();
    section.whole<std::int64_t>(key, count, least.count(), most.count());
    days = std::chrono::days(count);
}

void read_retention(Section& section, Retention& retention) {
    constexpr std::uint64_t megabyte = 1 << 20;
    read_days(section, "keep_days", retention.keep, Retention::least);
    read_days(section, "identifiable_days", retention.identifiable, std::chrono::days{1});
    section.whole<std::uint64_t>("most_records", retention.most_records, 2000, 100'000'000);
    std::uint64_t megabytes = retention.most_bytes / megabyte;
    section.whole<std::uint64_t>("most_megabytes", megabytes, 1, 1'000'000);
    retention.most_bytes = megabytes * megabyte;
}

void read_log(Section& section, Settings& settings) {
    section.text("path", settings.log.path, path_form);
    section.choice<bool>("without_disk", settings.log.run_without_disk, {{"run", true}, {"stop", false}});
    section.duration("store_within", settings.log.store_within, milliseconds{1}, seconds{10});
    section.duration("stalled_after", settings.station.stalled_log_after, seconds{1}, minutes{10});
    read_retention(section, settings.log.retention);
    section.finish();
}

void read_control(Section& section, ControlSettings& control) {
    section.text("socket", control.socket, socket_form);
    section.text("maintenance_group", control.maintenance_group, account_form);
    section.text("read_only_group", control.read_only_group, account_form);
    section.text("uplink_user", control.uplink_user, account_form);
    section.finish();
}

void read_root_keys(Section& section, RootKeys& roots) {
    constexpr std::string_view key = "root_keys";
    const auto named = section.texts(key, "[\"<64 hex digits>\"]");
    if (!named) return;
    for (const PlacedText& digits : *named) {
        PublicKey root{};
        if (!from_hex(digits.text, root)) {
            section.error_at(digits.at, "root_keys: no public key",
                             "give the 64 hex digits that `stationctl key public` prints");
        } else if (std::ranges::find(roots.keys, root) != roots.keys.end()) {
            section.error_at(digits.at, "root_keys: this key is there twice", "leave out one");
        } else {
            roots.keys.push_back(root);
        }
    }
    if (named->empty() || named->size() > RootKeys::most_roots) {
        section.error(key, fmt::format("root_keys has {} keys", named->size()),
                      fmt::format("name 1 to {}, or leave out [commands]: then no command of the centre is taken",
                                  RootKeys::most_roots));
    }
}

void read_commands(Section& section, CommandSettings& commands) {
    read_root_keys(section, commands.roots);
    if (!section.has("root_keys")) {
        section.error("root_keys", "has no root_keys", "add root_keys = [\"…\"], or leave out [commands]");
    }
    section.whole<std::size_t>("needed", commands.roots.needed, 1, RootKeys::most_roots);
    if (commands.roots.needed > commands.roots.keys.size() && !commands.roots.keys.empty()) {
        section.error(
            "needed",
            fmt::format("needed is {}, and there are {} root_keys", commands.roots.needed, commands.roots.keys.size()),
            "ask for fewer signatures, or name more keys");
    }
    section.text("signers_file", commands.signers_file, path_form);
    section.finish();
}

void read_tls(Section& section, UplinkTls& tls) {
    section.text("ca_file", tls.ca_file, path_form, Need::required);
    section.text("certificate_file", tls.certificate_file, path_form);
    section.text("key_file", tls.key_file, path_form);
    const bool certificate = section.has("certificate_file");
    if (certificate != section.has("key_file")) {
        section.error(
            certificate ? "certificate_file" : "key_file",
            certificate ? "has a certificate_file without its key_file" : "has a key_file without its certificate_file",
            "name both, or none where the broker does not ask for a certificate");
    }
    section.finish();
}

void read_uplink(Section& section, UplinkSettings& uplink) {
    read_broker(section, uplink);
    section.choice<Delivery>("delivery", uplink.delivery,
                             {{"broker", Delivery::broker}, {"collector", Delivery::collector}});
    section.whole<std::uint32_t>("catch_up_rate", uplink.catch_up_rate, 10, 1'000'000);
    section.finish();
}

void read_languages(Section& section, std::vector<Language>& languages) {
    constexpr std::string_view key = "languages";
    const auto named = section.texts(key, "[\"zh\", \"en\"]");
    if (!named) return;
    languages.clear();
    bool good = true;
    for (const PlacedText& name : *named) {
        const Language language = name.text == "zh" ? Language::zh : Language::en;
        if (name.text != "zh" && name.text != "en") {
            section.error_at(name.at, fmt::format("languages: \"{}\" is not spoken here", name.text),
                             "say \"zh\" or \"en\"");
            good = false;
        } else if (std::ranges::find(languages, language) != languages.end()) {
            section.error_at(name.at, fmt::format("languages: \"{}\" is there twice", name.text), "leave out one");
        } else {
            languages.push_back(language);
        }
    }
    if (languages.empty() && good) {
        section.error(key, "languages is empty", "name one, or leave out [sound] where there is no loudspeaker");
    }
}

void read_sound(Section& section, SoundSettings& sound) {
    section.text("device", sound.device, alsa_form);
    section.text("directory", sound.directory, path_form);
    read_languages(section, sound.languages);
    section.finish();
}

}  // namespace

void read_broker(Section& section, BrokerSettings& broker) {
    section.text("host", broker.host, host_form, Need::required);
    section.whole<std::uint16_t>("port", broker.port, 1, 65535);
    section.text("second_host", broker.second_host, host_form);
    broker.second_port = broker.port;
    section.whole<std::uint16_t>("second_port", broker.second_port, 1, 65535);
    if (section.has("second_port") && !section.has("second_host")) {
        section.error("second_port", "has a second_port without a second_host", "add second_host = \"…\"");
    }
    section.text("username", broker.username, username_form);
    section.text("password_file", broker.password_file, path_form);
    milliseconds keep_alive = broker.keep_alive;
    section.duration("keep_alive", keep_alive, seconds{5}, minutes{10});
    broker.keep_alive = std::chrono::duration_cast<seconds>(keep_alive);
    if (keep_alive != broker.keep_alive) section.error("keep_alive", "keep_alive is not in whole seconds", "round it");
    const bool plaintext_is_clear = section.flag("plaintext", broker.plaintext);
    if (auto tls = section.section("tls")) read_tls(*tls, broker.tls.emplace());
    if (section.has("tls") && broker.plaintext) {
        section.error("plaintext", "has tls and says plaintext = true", "leave out one of them");
    } else if (!section.has("tls") && !broker.plaintext && plaintext_is_clear) {
        section.error("plaintext", "has no tls",
                      "add tls = { ca_file = \"…\" }; or plaintext = true if everybody on the way may read and change "
                      "what is sent");
    }
    if (section.has("password_file") && !section.has("username")) {
        section.error("password_file", "has a password_file without a username", "add username = \"…\"");
    }
}

void read_programs(Section& file, Settings& settings) {
    if (auto section = file.section("identity")) read_identity(*section, settings.identity);
    if (auto section = file.section("log")) read_log(*section, settings);
    if (auto section = file.section("control")) read_control(*section, settings.control);
    if (auto section = file.section("commands")) read_commands(*section, settings.commands);
    if (auto section = file.section("uplink")) read_uplink(*section, settings.uplink);
    settings.log.retention.only_delivered = !settings.uplink.host.empty();
    if (auto section = file.section("sound")) read_sound(*section, settings.sound.emplace());
}

}  // namespace yizhan
