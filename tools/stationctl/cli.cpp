#include "tools/stationctl/cli.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "firmware/station/record.h"
#include "tools/stationctl/output.h"
#include "tools/stationctl/sim_command.h"
#include "tools/stationctl/tool.h"

namespace yizhan {
namespace {

using nlohmann::json;

// The command line as it is read; outlives the parsing. Each command line names one `run`.
struct CommandLine {
    Tool tool;
    std::function<Tried<ExitCode>()> run;
    std::string name;
    std::vector<std::string> keys;
    std::string action;
    std::string file;
    std::uint64_t number = 0;
    std::optional<std::uint64_t> time;
    std::uint64_t enrol_minutes = 5;
    std::uint64_t test_seconds = 20;
    BringupOptions bringup;
    LogOptions log;
    BuildOptions build;
    SignersOptions signers;
    SignOptions sign;
    SimOptions sim;
};

std::vector<std::string> mode_names() {
    std::vector<std::string> names;
    for (const Mode mode : {Mode::normal, Mode::lockdown, Mode::free_access, Mode::closed, Mode::service}) {
        names.emplace_back(name_of(mode));
    }
    return names;
}

void add_looking(CLI::App& app, CommandLine& line) {
    app.add_subcommand("status", "how the station is, what is wrong and what to do about it")->callback([&] {
        line.run = [&] { return show_status(line.tool); };
    });
    app.add_subcommand("watch", "what happens, as it happens; Ctrl-C ends it")->callback([&] {
        line.run = [&] { return watch(line.tool); };
    });
    auto* alarms = app.add_subcommand("alarms", "active alarms, the worst first, and who takes care of them");
    alarms->callback([&, alarms] {
        if (alarms->get_subcommands().empty()) line.run = [&] { return show_alarms(line.tool); };
    });
    auto* acknowledge = alarms->add_subcommand("acknowledge", "say that somebody takes care of an alarm");
    acknowledge->add_option("name", line.name, "as stationctl alarms shows it")->required();
    acknowledge->callback([&] {
        line.run = [&] {
            return change(line.tool, {{"do", "alarm"}, {"alarm", line.name}, {"action", "acknowledge"}},
                          "Alarm " + line.name + ": acknowledged.");
        };
    });
    auto* log = app.add_subcommand("log", "what happened: the newest 50 records, or those of a time");
    log->add_option("--from", line.log.from, "2026-03-02, \"2026-03-02 08:00\" (station time), or 2h: two hours ago");
    log->add_option("--to", line.log.to, "likewise");
    log->add_option("--type", line.log.type, "only records of this type");
    log->add_option("--door", line.log.door, "only records of this door");
    log->add_option("--limit", line.log.limit, "only the newest so many")->check(CLI::Range(1, 100'000));
    log->add_option("--format", line.log.format)->check(CLI::IsMember({"table", "csv", "json"}))->capture_default_str();
    log->callback([&, log] {
        if (log->get_subcommands().empty()) line.run = [&] { return show_log(line.tool, line.log); };
    });
    auto* verify = log->add_subcommand("verify", "whether every record is still what was stored");
    verify->add_option("--checkpoint", line.name, "SEQ:HASH, compare with this one of the centre, too");
    verify->add_option("--former-key", line.keys,
                       "HEX, the public key of a checkpoint from before the station got its key");
    verify->callback([&] { line.run = [&] { return verify_log(line.tool, line.name, line.keys); }; });
}

void add_changing(CLI::App& app, CommandLine& line) {
    auto* door = app.add_subcommand("door", "unlock a door for a moment, hold it released, or lock it again");
    door->add_option("name", line.name)->required();
    door->add_option("action", line.action)->required()->check(CLI::IsMember({"unlock", "hold", "lock"}));
    door->add_option("--seconds", line.time, "with unlock: for so long")->check(CLI::Range(1, 600));
    door->callback([&] {
        if (line.time && line.action != "unlock") throw CLI::ValidationError("--seconds", "only with unlock");
        line.run = [&] {
            json request = {{"do", "door"}, {"door", line.name}, {"action", line.action}};
            if (line.time) request["seconds"] = *line.time;
            const char* done = line.action == "unlock" ? "unlocked" : line.action == "hold" ? "held open" : "locked";
            return change(line.tool, std::move(request), "Door " + line.name + ": " + done + ".");
        };
    });
    auto* outlet = app.add_subcommand("outlet", "switch an outlet; one of the room for a while");
    outlet->add_option("name", line.name)->required();
    outlet->add_option("action", line.action)->required()->check(CLI::IsMember({"on", "off", "auto"}));
    outlet->add_option("--minutes", line.time, "of the room, with on or off: for so long (60)")
        ->check(CLI::Range(1, 720));
    outlet->callback([&] {
        line.run = [&] {
            json request = {{"do", "outlet"}, {"outlet", line.name}, {"action", line.action}};
            if (line.time) request["minutes"] = *line.time;
            return change(line.tool, std::move(request), "Outlet " + line.name + ": " + line.action + ".");
        };
    });
    auto* mode = app.add_subcommand("mode", "how the whole station behaves");
    mode->add_option("name", line.name)->required()->check(CLI::IsMember(mode_names()));
    mode->add_option("--minutes", line.time, "then back to normal")->check(CLI::Range(1, 10080));
    mode->callback([&] {
        line.run = [&] {
            json request = {{"do", "mode"}, {"mode", line.name}};
            if (line.time) request["minutes"] = *line.time;
            return change(line.tool, std::move(request), "Mode: " + line.name + ".");
        };
    });
    auto* occupancy = app.add_subcommand("occupancy", "say how many people are inside: somebody has looked");
    occupancy->add_option("count", line.number)->required()->check(CLI::Range(0, 65535));
    occupancy->callback([&] {
        line.run = [&] {
            return change(line.tool, {{"do", "occupancy"}, {"count", line.number}},
                          std::to_string(line.number) + " inside.");
        };
    });
    auto* reader = app.add_subcommand("reader", "test a reader, or note cards for a member file at it");
    reader->add_option("name", line.name)->required();
    reader->add_option("action", line.action)->required()->check(CLI::IsMember({"test", "enrol"}));
    reader->add_option("--seconds", line.test_seconds, "of a test")->check(CLI::Range(1, 600))->capture_default_str();
    reader->add_option("--out", line.file, "with enrol: CSV file to append to");
    reader->add_option("--minutes", line.enrol_minutes, "of an enrolment")
        ->check(CLI::Range(1, 60))
        ->capture_default_str();
    reader->callback([&] {
        const bool enrols = line.action == "enrol";
        if (enrols && line.file.empty()) throw CLI::RequiredError("--out");
        if (!enrols && !line.file.empty()) throw CLI::ValidationError("--out", "only with enrol");
        line.run = [&, enrols] {
            return enrols ? enrol(line.tool, line.name, line.enrol_minutes, line.file)
                          : test_reader(line.tool, line.name, line.test_seconds);
        };
    });
}

void add_first_aid(CLI::App& app, CommandLine& line) {
    app.add_subcommand("gpio", "every line and reader: level, edges, errors, what is wrong and what to do")
        ->callback([&] { line.run = [&] { return show_gpio(line.tool); }; });
    auto* bringup =
        app.add_subcommand("bringup", "try locks, contacts, buttons, inputs, readers and outlets one by one");
    bringup->add_option("name", line.bringup.name, "only this door, input, reader or outlet");
    bringup->add_option("--report", line.bringup.report, "new file for what was found");
    bringup->add_option("--minutes", line.bringup.minutes, "the station leaves service mode by itself after so long")
        ->check(CLI::Range(1, 240))
        ->capture_default_str();
    bringup->add_option("--wait", line.bringup.wait, "seconds for you to do what a step asks for")
        ->check(CLI::Range(1, 600))
        ->capture_default_str();
    bringup->footer(
        "The station is in service mode meanwhile: it admits nobody but staff and raises no door alarms. Each step is "
        "one "
        "line of input: Enter, s or q; y or n where it asks.");
    bringup->callback([&] { line.run = [&] { return bring_up(line.tool, line.bringup); }; });
}

void add_files(CLI::App& app, CommandLine& line) {
    auto* members = app.add_subcommand("members", "member lists")->require_subcommand(1);
    auto* build = members->add_subcommand("build", "make a station's list from a member file");
    build->add_option("csv", line.build.csv_file)->required();
    build->add_option("out", line.build.out_file)->required();
    build->add_option("--station", line.build.station)->required();
    build->add_option("--secret", line.build.secret_file, "file with the centre's secret")->required();
    build->add_option("--version", line.build.version, "rises with every list; default: the time");
    build->callback([&] { line.run = [&] { return build_members(line.tool, line.build); }; });
    auto* check = members->add_subcommand("check", "whether a list is whole, and for whom it is");
    check->add_option("file", line.file)->required();
    check->add_option("--station", line.name, "whether it is for this station");
    check->callback([&] { line.run = [&] { return check_members(line.tool, line.file, line.name); }; });
    auto* load = members->add_subcommand("load", "give the station a new list");
    load->add_option("file", line.file)->required();
    load->callback([&] { line.run = [&] { return load_members(line.tool, line.file); }; });

    auto* key = app.add_subcommand("key", "keys of stations and of the centre")->require_subcommand(1);
    auto* derive = key->add_subcommand("derive", "make a station's key from the centre's secret");
    derive->add_option("--station", line.name)->required();
    derive->add_option("--secret", line.build.secret_file, "file with the centre's secret")->required();
    derive->add_option("--out", line.file, "new file, readable for its owner only")->required();
    derive->callback(
        [&] { line.run = [&] { return derive_key(line.tool, line.name, line.build.secret_file, line.file); }; });

    auto* generate = key->add_subcommand("generate", "make a key for signing commands or key sets");
    generate->add_option("--out", line.file, "new file, readable for its owner only")->required();
    generate->callback([&] { line.run = [&] { return generate_key(line.tool, line.file); }; });
    auto* shown = key->add_subcommand("public", "its public half, for settings and key sets");
    shown->add_option("file", line.file)->required();
    shown->callback([&] { line.run = [&] { return show_public_key(line.tool, line.file); }; });

    app.add_subcommand("outcomes", "what people are told")->callback([&] {
        line.run = [&] { return show_outcomes(line.tool); };
    });

    auto* config = app.add_subcommand("config", "settings")->require_subcommand(1);
    auto* check_config = config->add_subcommand("check", "all that is wrong with a settings file");
    check_config->add_option("file", line.file)->required();
    check_config->callback([&] { line.run = [&] { return check_settings(line.tool, line.file); }; });
    config->add_subcommand("show", "settings the station runs with")->callback([&] {
        line.run = [&] { return show_settings(line.tool); };
    });
}

void add_signing(CLI::App& app, CommandLine& line) {
    auto* signers = app.add_subcommand("signers", "whose commands stations take")->require_subcommand(1);
    auto* build = signers->add_subcommand("build", "make a key set, to be signed by root keys");
    build->add_option("out", line.signers.out_file)->required();
    build->add_option("--version", line.signers.version, "higher than that of every set before")
        ->required()
        ->check(CLI::PositiveNumber);
    build->add_option("--expires", line.signers.expires, "2027-12-31: then a newer one is needed")->required();
    build->add_option("--signer", line.signers.signers, "NUMBER:PUBLIC_KEY:ROLE,ROLE; roles: operate, configure, list")
        ->required();
    build->callback([&] { line.run = [&] { return build_signers(line.tool, line.signers); }; });
    auto* sign = signers->add_subcommand("sign", "add a root key's signature to a key set");
    sign->add_option("file", line.file)->required();
    sign->add_option("--key", line.name, "file with the root key")->required();
    sign->callback([&] { line.run = [&] { return sign_signers(line.tool, line.file, line.name); }; });
    auto* show = signers->add_subcommand("show", "what is in a key set");
    show->add_option("file", line.file)->required();
    show->callback([&] { line.run = [&] { return show_signers(line.tool, line.file); }; });
    auto* load = signers->add_subcommand("load", "give the station a new key set");
    load->add_option("file", line.file)->required();
    load->callback([&] { line.run = [&] { return load_signers(line.tool, line.file); }; });

    auto* command = app.add_subcommand("sign", "sign a command of the centre, for cmd/VERB or `stationctl send`");
    command->add_option("verb", line.sign.verb, "door, outlet, mode, occupancy, alarm")->required();
    command->add_option("arguments", line.sign.arguments, "door=front action=unlock, as on the control socket");
    command->add_option("--key", line.sign.key_file, "file with the signer's key")->required();
    command->add_option("--signer", line.sign.signer, "its number in the key set")->required();
    command->add_option("--station", line.sign.station)->required();
    command->add_option("--seconds", line.sign.seconds, "how long it counts")
        ->check(CLI::Range(1, 86'340))
        ->capture_default_str();
    command->callback([&] { line.run = [&] { return sign_command(line.tool, line.sign); }; });
    auto* send = app.add_subcommand("send", "hand a signed command in at the station");
    send->add_option("file", line.file)->required();
    send->callback([&] { line.run = [&] { return send_command(line.tool, line.file); }; });
}

void add_simulation(CLI::App& app, CommandLine& line) {
    auto* sim = app.add_subcommand("sim", "stationd-demo only: what happens around the station");
    sim->footer(sim_footer());
    sim->add_option("target", line.sim.target, "card, door, outlet, input, reader")->required();
    sim->add_option("name", line.sim.name)->required();
    sim->add_option("action", line.sim.action)->required();
    sim->add_option("watts", line.sim.watts, "of what is plugged in");
    auto* number = sim->add_option("--number", line.sim.number, "number on a Wiegand card");
    sim->add_option("--card", line.sim.card, "name of a card of the demonstration")->excludes(number);
    sim->callback([&] {
        line.run = [&]() -> Tried<ExitCode> {
            auto request = sim_request(line.sim);
            if (!request) return failed(request.error(), ExitCode::usage);
            return change(line.tool, std::move(*request), "Done.");
        };
    });
}

void add_general(CLI::App& app, CommandLine& line) {
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--socket", line.tool.socket, "control socket of the station")->capture_default_str();
    app.add_flag("--json", line.tool.json, "for programs");
    app.add_option("--lang", line.tool.language, "zh or en; default: as LANG says")
        ->take_last()
        ->transform(CLI::Transformer(std::map<std::string, Language>{{"en", Language::en}, {"zh", Language::zh}}));
    app.footer(
        "Exit codes: 0 done, 1 failed, 2 usage, 3 station unreachable, 4 not permitted, 5 status, gpio: degraded");
}

}  // namespace

int run_stationctl(int argc, const char* const* argv) {
    CommandLine line;
    line.tool.language = language_of_environment();
    CLI::App app("Maintenance tool of a station", "stationctl");
    add_general(app, line);
    add_looking(app, line);
    add_changing(app, line);
    add_first_aid(app, line);
    add_files(app, line);
    add_signing(app, line);
    add_simulation(app, line);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& error) {
        const Failure failure{
            .exit = ExitCode::usage, .error = {error.what(), "see stationctl --help"}, .code = "usage", .outcome = {}};
        report(failure, line.tool.json);
        return static_cast<int>(ExitCode::usage);
    }
    const auto done = line.run();
    if (done) return static_cast<int>(*done);
    report(done.error(), line.tool.json);
    return static_cast<int>(done.error().exit);
}

}  // namespace yizhan
