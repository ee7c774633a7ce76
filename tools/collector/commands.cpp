#include "tools/collector/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/mqtt/mosquitto_client.h"
#include "drivers/ports/notify.h"
#include "drivers/ports/random.h"
#include "firmware/identity/hex.h"
#include "firmware/uplink/broker_options.h"
#include "tools/collector/collector.h"
#include "tools/collector/metrics.h"
#include "tools/collector/report.h"
#include "tools/collector/verify.h"
#include "tools/stationctl/exit_code.h"
#include "tools/stationctl/text_table.h"

namespace yizhan::collector {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

int code_of(ExitCode code) { return static_cast<int>(code); }

int give_up(const Error& error) {
    tell(error);
    return code_of(ExitCode::failed);
}

int collect(const CollectorSettings& settings, Files& files) {
    const auto broker = broker_options(settings.broker, files);
    if (!broker) return give_up(broker.error());
    SdEventLoop loop(ClockPolicy::always);
    loop.handle_signals({});
    if (const auto fed = loop.feed_watchdog(); !fed) tell(fed.error());
    SystemRandom random;
    MosquittoClient client(loop);
    const CollectorOptions options{.name = settings.name,
                                   .group = settings.group,
                                   .broker = *broker,
                                   .second_broker = second_broker(settings.broker)};
    Collector collector(loop, client, random, [&] { return open_sql(settings.database); }, options, tell);
    std::unique_ptr<MetricsServer> metrics;
    if (settings.metrics_port != 0) {
        auto server = MetricsServer::start(loop, settings.metrics_address, settings.metrics_port,
                                           [&] { return metrics_text(collector); });
        if (!server) return give_up(server.error());
        metrics = std::move(*server);
    }
    notify_ready();
    const int code = loop.run();
    notify_stopping();
    return code;
}

int print_flaws(SqlDatabase& database) {
    const auto found = flaws(database);
    if (!found) return give_up(found.error());
    if (found->empty()) {
        std::puts("no station has sent or signed anything that does not fit");
        return code_of(ExitCode::ok);
    }
    std::vector<std::vector<std::string>> table{{"station", "epoch", "record", "what"}};
    for (const FlawRow& flaw : *found) {
        table.push_back({flaw.station, std::to_string(flaw.epoch), std::to_string(flaw.seq), flaw.what});
    }
    std::fputs(text_table(table).c_str(), stdout);
    return code_of(ExitCode::degraded);
}

std::string text_of(const FeedVerdict& verdict) {
    if (!verdict.what.empty()) return fmt::format("record {}: {}", verdict.bad, verdict.what);
    auto line =
        fmt::format("{} records, as they were sent; signed by the station up to {}", verdict.records, verdict.sealed);
    for (const PublicKey& key : verdict.keys) line += " with " + to_hex(key);
    if (verdict.unsealed > most_unsealed) {
        line += fmt::format("; {} records behind that are not signed: a station signs every 100", verdict.unsealed);
    }
    if (verdict.missing > 0) line += fmt::format("; {} are missing, which the station did not have", verdict.missing);
    if (verdict.hole > 0) {
        line += fmt::format("; what it signed behind record {} cannot be compared, as it left that out", verdict.hole);
    }
    if (verdict.awaited > 0) line += fmt::format("; it has signed up to {}, which is not here", verdict.awaited);
    return line;
}

struct VerifyOptions {
    std::string station;  // empty: all
    std::string key;  // hex; empty: whichever was trusted
};

int print_verdicts(SqlDatabase& database, const VerifyOptions& options) {
    std::optional<PublicKey> key;
    if (!options.key.empty() && !from_hex(options.key, key.emplace())) {
        return give_up({"--key " + options.key + ": no key", "give it as log_key in …/info has it: 64 hex digits"});
    }
    const auto verdicts = verify(database, options.station.empty() ? std::nullopt : std::optional(options.station));
    if (!verdicts) return give_up(verdicts.error());
    if (verdicts->empty()) {
        return give_up({"there is no record" + (options.station.empty() ? "" : " of " + options.station), {}});
    }
    bool good = true;
    for (const FeedVerdict& verdict : *verdicts) {
        const bool other_key = key && verdict.keys != std::set{*key};
        good = good && verdict.good() && !other_key;
        std::puts(fmt::format("{} epoch {}: {}{}", verdict.feed.station, verdict.feed.epoch, text_of(verdict),
                              other_key ? "; not signed with the key that was given" : "")
                      .c_str());
    }
    return code_of(good ? ExitCode::ok : ExitCode::degraded);
}

struct ReportOptions {
    std::string from;
    std::string to;
    std::optional<ReportBy> by;
    bool json = false;
};

Result<std::int64_t> day_of(const std::string& text, const char* option, std::int64_t otherwise) {
    if (text.empty()) return otherwise;
    std::chrono::sys_days day;
    int year = 0;
    unsigned month = 0;
    unsigned number = 0;
    char more = 0;
    const bool read = std::sscanf(text.c_str(), "%4d-%2u-%2u%c", &year, &month, &number, &more) == 3;
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                           std::chrono::day{number}};
    if (!read || !date.ok()) {
        return failure(fmt::format("{} {}: no such day", option, text), "say it as 2026-11-28");
    }
    day = date;
    return day.time_since_epoch().count() * day_ms;
}

int print_report(SqlDatabase& database, const CollectorSettings& settings, const ReportOptions& options) {
    const auto offset = std::chrono::duration_cast<std::chrono::milliseconds>(settings.utc_offset).count();
    const auto from = day_of(options.from, "--from", std::numeric_limits<std::int32_t>::min());
    const auto to = day_of(options.to, "--to", std::int64_t{253'402'300'800'000});
    if (!from || !to) return give_up(from ? to.error() : from.error());
    struct Part {
        ReportBy by;
        const char* name;
    };
    nlohmann::json all = nlohmann::json::object();
    for (const Part& part : {Part{ReportBy::hour, "hour"}, Part{ReportBy::day, "day"},
                             Part{ReportBy::station, "station"}, Part{ReportBy::group, "group"}}) {
        if (options.by && *options.by != part.by) continue;
        // `to` is a day that counts.
        const auto rows = visits(database, part.by, *from - offset, *to + day_ms - offset, offset);
        if (!rows) return give_up(rows.error());
        std::vector<std::vector<std::string>> table{{part.name, "visits"}};
        all[part.name] = nlohmann::json::object();
        for (const ReportRow& row : *rows) {
            table.push_back({row.of.empty() ? "-" : row.of, std::to_string(row.visits)});
            all[part.name][row.of] = row.visits;
        }
        if (!options.json) std::puts(text_table(table).c_str());
    }
    if (options.json) std::puts(all.dump().c_str());
    return code_of(ExitCode::ok);
}

// With the database open and its tables made.
int with_database(const CollectorSettings& settings, const std::function<int(SqlDatabase&)>& what) {
    auto database = open_sql(settings.database, SqlUse::look);
    if (!database) return give_up(database.error());
    if (const auto made = make_tables(**database); !made) return give_up(made.error());
    return what(**database);
}

}  // namespace

void tell(const Error& error) {
    std::fprintf(stderr, "station-collector: %s\n", error.what.c_str());
    if (!error.cure.empty()) std::fprintf(stderr, "  %s\n", error.cure.c_str());
}

void add_commands(CLI::App& app, Commands& commands) {
    auto* run = app.add_subcommand("run", "collect, until it is told to stop");
    run->callback([&commands] { commands.run = collect; });

    auto what = std::make_shared<VerifyOptions>();
    auto* verifying = app.add_subcommand("verify", "whether the records are those that stations sent and signed");
    auto* station = verifying->add_option("--station", what->station, "this one alone");
    verifying->add_option("--key", what->key, "and its records are signed with this key: log_key in …/info")
        ->needs(station);
    verifying->callback([&commands, what] {
        commands.run = [what](const CollectorSettings& settings, Files&) {
            return with_database(settings, [&](SqlDatabase& database) { return print_verdicts(database, *what); });
        };
    });

    auto* listing = app.add_subcommand("flaws", "what stations sent or signed that does not fit");
    listing->callback([&commands] {
        commands.run = [](const CollectorSettings& settings, Files&) { return with_database(settings, print_flaws); };
    });

    auto trusted = std::make_shared<std::string>();
    auto* trust = app.add_subcommand("trust", "a station has got a new key: believe the next one it signs with");
    trust->add_option("station", *trusted)->required();
    trust->callback([&commands, trusted] {
        commands.run = [trusted](const CollectorSettings& settings, Files&) {
            return with_database(settings, [&](SqlDatabase& database) {
                const auto done = trust_anew(database, *trusted);
                return done ? code_of(ExitCode::ok) : give_up(done.error());
            });
        };
    });

    auto options = std::make_shared<ReportOptions>();
    auto* report = app.add_subcommand("report", "visits by hour of the day, day, station and group");
    report->add_option("--from", options->from, "the first day, as 2026-11-28");
    report->add_option("--to", options->to, "the last day");
    report->add_option("--by", options->by, "hour, day, station or group alone")
        ->transform(CLI::CheckedTransformer(std::map<std::string, ReportBy>{{"hour", ReportBy::hour},
                                                                            {"day", ReportBy::day},
                                                                            {"station", ReportBy::station},
                                                                            {"group", ReportBy::group}}));
    report->add_flag("--json", options->json, "for programs");
    report->callback([&commands, options] {
        commands.run = [options](const CollectorSettings& settings, Files&) {
            return with_database(settings,
                                 [&](SqlDatabase& database) { return print_report(database, settings, *options); });
        };
    });
}

}  // namespace yizhan::collector
