// What every command of the tool needs, and the commands: one function each, that returns the exit code. A command
// prints what it found itself; why it failed is for its caller to print.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/stationctl/client.h"
#include "tools/stationctl/failure.h"
#include "tools/stationctl/language.h"

namespace yizhan {

struct Tool {
    std::string socket = "/run/yizhan/control.sock";
    bool json = false;
    Language language = Language::en;
};

struct LogOptions {
    std::string from;
    std::string to;
    std::string type;
    std::string door;
    std::optional<std::uint64_t> limit;  // none: the newest 50, or all that --from and --to name
    std::string format = "table";  // csv, json
};

struct BuildOptions {
    std::string station;
    std::string secret_file;
    std::string csv_file;
    std::string out_file;
    std::optional<std::uint64_t> version;  // none: seconds since 1970, which rise
};

struct SignersOptions {
    std::uint64_t version = 0;
    std::string expires;  // a day
    std::vector<std::string> signers;  // NUMBER:PUBLIC KEY:ROLE,ROLE
    std::string out_file;
};

struct SignOptions {
    std::string key_file;
    std::uint32_t signer = 0;
    std::string station;
    std::uint64_t seconds = 60;  // from now on, for so long
    std::string verb;
    std::vector<std::string> arguments;  // name=value
};

struct BringupOptions {
    std::string name;  // of a door, reader, outlet or input; empty: all of them
    std::uint64_t minutes = 30;  // of service mode, at most
    std::uint64_t wait = 30;  // seconds for a person to do what a step asks for
    std::string report;  // new file; empty: none
};

// Asks the station something that changes nothing, or has it do something.
Tried<ControlClient> connect_to_station(const Tool& tool, const char* role);

// With the station.
Tried<ExitCode> show_status(const Tool& tool);
Tried<ExitCode> show_alarms(const Tool& tool);
Tried<ExitCode> show_settings(const Tool& tool);
Tried<ExitCode> watch(const Tool& tool);
Tried<nlohmann::json> ask_for_wiring(ControlClient& client);
// Every line and reader; degraded where something is wrong with one.
Tried<ExitCode> show_gpio(const Tool& tool);
// What a reader does for so many seconds; ok if it read a card and nothing is wrong with it.
Tried<ExitCode> test_reader(const Tool& tool, const std::string& reader, std::uint64_t for_seconds);
// `checkpoint`: "<seq>:<hash>" as the centre has it, or empty.
Tried<ExitCode> verify_log(const Tool& tool, const std::string& checkpoint,
                           const std::vector<std::string>& former_keys);
Tried<ExitCode> show_log(const Tool& tool, const LogOptions& options);
// `request` as in protocol.h; `done`: what to tell people.
Tried<ExitCode> change(const Tool& tool, nlohmann::json request, const std::string& done);
Tried<ExitCode> load_members(const Tool& tool, const std::string& file);
// Appends the cards to `out_file` until the time is over or Ctrl-C.
Tried<ExitCode> bring_up(const Tool& tool, const BringupOptions& options);
Tried<ExitCode> enrol(const Tool& tool, const std::string& reader, std::uint64_t minutes, const std::string& out_file);

// Without it, with files.
Tried<ExitCode> build_members(const Tool& tool, const BuildOptions& options);
Tried<ExitCode> check_members(const Tool& tool, const std::string& file, const std::string& station);
Tried<ExitCode> derive_key(const Tool& tool, const std::string& station, const std::string& secret_file,
                           const std::string& out_file);
// Keys of the centre, whose commands a station takes, and commands signed with them.
Tried<ExitCode> generate_key(const Tool& tool, const std::string& out_file);
Tried<ExitCode> show_public_key(const Tool& tool, const std::string& file);
Tried<ExitCode> build_signers(const Tool& tool, const SignersOptions& options);
Tried<ExitCode> sign_signers(const Tool& tool, const std::string& file, const std::string& key_file);
Tried<ExitCode> show_signers(const Tool& tool, const std::string& file);
Tried<ExitCode> sign_command(const Tool& tool, const SignOptions& options);
// These two with the station again.
Tried<ExitCode> load_signers(const Tool& tool, const std::string& file);
Tried<ExitCode> send_command(const Tool& tool, const std::string& file);
// Writes a new file, readable for its owner only; one that is there is not overwritten. Wipes `text`.
Result<void> write_key_file(const std::string& path, std::string& text);
// What people are told, by code; tools/render_prompts makes recordings of it.
Tried<ExitCode> show_outcomes(const Tool& tool);
Tried<ExitCode> check_settings(const Tool& tool, const std::string& file);

}  // namespace yizhan
