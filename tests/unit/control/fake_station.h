// A station one level below the control socket: it answers commands and keeps records, and that is all.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "firmware/control/server.h"

namespace yizhan::test {

using nlohmann::json;

StationConfig two_door_config();
// Nothing of it may ever leave the station.
CredentialId secret_credential();
// As the simulated scheduler has it: a Monday, 08:00 in China.
inline constexpr Mono start_mono{seconds{10}};
inline constexpr Wall start_wall{seconds{1772409600}};
Stamp stamp_at(seconds after_start);

// Answers commands, keeps records, remembers what it was asked.
class FakeStation : public ControlBackend {
 public:
    FakeStation();

    // Commands are answered at once with this, or, where held, by answer_held().
    Outcome refusal = Outcome::none;
    bool hold_answers = false;
    bool hold_queries = false;
    bool queries_fail = false;
    std::vector<Command> commands;
    std::function<void(const Command&)> on_command;  // what it does to the world; empty: nothing
    Wiring wires;
    std::vector<UplinkStatus> uplink_reports;
    std::vector<std::string> lists;  // contents that were loaded
    std::size_t queries = 0;
    ControlServer* server = nullptr;
    StationConfig config = two_door_config();
    State state;

    // Further records, stored and told of.
    void store(std::size_t count);
    void answer_held();
    void serve_held_query();
    std::size_t held_queries() const { return held_queries_.size(); }
    // The station as it would be with this state.
    void become(const State& next);

    StationView view() const override;
    Wiring wiring() const override { return wires; }
    json settings_in_force() const override { return {{"station", {{"id", config.id}}}}; }
    void perform(const Command& command) override;
    LogCheck verified_with;
    Result<LogCheck> check = LogCheck{};  // what verifying finds
    void verify(LogCheck wanted, std::function<void(Result<LogCheck>)> done) override;
    void query(const LogQuery& query, std::function<void(Result<std::vector<LogRow>>)> done) override;
    void acknowledge(std::uint64_t upto) override { log.acknowledged = upto; }
    void uplink_reported(const UplinkStatus& status) override;
    void load_members(std::unique_ptr<File> file, const Actor& actor,
                      std::function<void(Result<MemberListStatus>)> done) override;
    Result<json> simulate(const json& request) override;

    LogStatus log;
    std::optional<SignerSet> signer_set;
    const SignerSet* signers() const override { return signer_set ? &*signer_set : nullptr; }
    struct RefusedCommand {
        Outcome why;
        std::uint32_t signer;
        bool operator==(const RefusedCommand&) const = default;
    };
    std::vector<RefusedCommand> refused_commands;
    void command_refused(Outcome why, std::uint32_t signer) override { refused_commands.push_back({why, signer}); }
    std::vector<std::string> signer_documents;
    void load_signers(std::string document, const Actor& actor,
                      std::function<void(Result<SignerStatus>)> done) override;

    MemberListStatus members{.loaded = true, .version = 7, .count = 3, .built_at = 1772000000, .problem = {}};
    UplinkStatus uplink_status;

 private:
    struct HeldQuery {
        LogQuery query;
        std::function<void(Result<std::vector<LogRow>>)> done;
    };
    void serve(const HeldQuery& held);

    std::unique_ptr<Station> station_;
    std::vector<Record> records_;
    std::vector<std::uint64_t> held_answers_;
    std::deque<HeldQuery> held_queries_;
};

}  // namespace yizhan::test
