// What the control socket may ask of the station. Implemented by the wiring.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "firmware/control/wiring.h"
#include "firmware/identity/signer_set.h"
#include "firmware/station/event.h"
#include "firmware/station/station.h"
#include "firmware/storage/access_log.h"
#include "firmware/storage/log_check.h"
#include "hal/card_reader.h"
#include "hal/contact.h"
#include "hal/error.h"
#include "hal/file.h"
#include "hal/lock.h"
#include "hal/meter.h"
#include "hal/outlet.h"
#include "hal/thermometer.h"

namespace yizhan {

// As the uplink reports it; kept for status.
struct UplinkStatus {
    bool heard_of = false;  // the uplink has spoken to us since our start
    bool connected = false;
    std::string fault;  // short name; empty: none
    std::string detail;
    Mono since;
};

struct MemberListStatus {
    bool loaded = false;
    std::uint64_t version = 0;
    std::uint64_t count = 0;
    std::int64_t built_at = 0;  // seconds since 1970
    std::string problem;  // of the newest attempt to load one; empty: none
};

// Whose commands are taken.
struct SignerStatus {
    bool set_up = false;  // the settings name root keys
    std::uint64_t version = 0;  // 0: there is no set
    Wall expires;
    std::vector<Signer> signers;
    std::string problem;  // of the newest attempt to load one; empty: none
};

struct LogStatus {
    std::uint32_t epoch = 0;
    LogBeginning beginning;
    RetentionFault retention = RetentionFault::none;
    std::string retention_problem;  // of RetentionFault::failed
    std::uint64_t last = 0;
    std::uint64_t stored = 0;
    std::uint64_t acknowledged = 0;
    std::size_t waiting = 0;
    milliseconds slowest{0};  // from queued to stored, since the start
    std::uint64_t late = 0;  // records that took longer than [log] store_within
    std::optional<Wall> oldest_unacknowledged;
    bool failed = false;
    std::string problem;
    std::string replaced;  // why this log is new; empty: it is not, or stationd has been started since
    PublicKey key{};  // whose signature checkpoints have
    std::optional<Checkpoint> checkpoint;  // the newest
};

struct MeterView {
    std::optional<MeterReading> latest;
    MeterStatus status;
};

struct ThermometerView {
    std::optional<Temperature> latest;
    MeterStatus status;
};

// Everything status, state and info are made of, as one value: the documents are pure functions of it.
struct StationView {
    const Station* station = nullptr;
    std::string version;
    std::string name_zh;
    std::string name_en;
    std::string address_zh;
    std::string address_en;
    std::uint64_t boot = 0;
    Wall started;
    std::vector<LockStatus> locks;  // parallel to StationConfig's vectors
    std::vector<ContactStatus> contacts;  // door contacts; known = false where there is none
    std::vector<ContactStatus> exit_buttons;
    std::vector<ReaderStatus> readers;
    std::vector<OutletStatus> outlets;
    std::vector<std::optional<MeterView>> meters;
    std::vector<std::optional<ThermometerView>> thermometers;
    std::vector<ContactStatus> inputs;
    MemberListStatus members;
    SignerStatus signers;
    LogStatus log;
    UplinkStatus uplink;
    std::string settings_problem;  // of the newest reload; empty: none
    std::optional<Error> guard_problem;  // of what holds the outputs when stationd does not
    std::optional<Error> sound_problem;  // none: all is well, or there is no loudspeaker
    std::uint64_t clients_dropped = 0;
};

class ControlBackend {
 public:
    virtual ~ControlBackend() = default;
    virtual StationView view() const = 0;
    // Reads every line: for somebody who looks, not for every turn.
    virtual Wiring wiring() const = 0;
    virtual nlohmann::json settings_in_force() const = 0;
    // The answer comes through ControlServer::on_answer with command.request, possibly before this returns.
    virtual void perform(const Command& command) = 0;
    // Those whose signature counts; null: there is no set.
    virtual const SignerSet* signers() const = 0;
    // One of the centre's commands that came no further than its signature, of `signer` where that is right.
    virtual void command_refused(Outcome why, std::uint32_t signer) = 0;
    virtual void load_signers(std::string document, const Actor& actor,
                              std::function<void(Result<SignerStatus>)> done) = 0;
    virtual void query(const LogQuery& query, std::function<void(Result<std::vector<LogRow>>)> done) = 0;
    // Whether the log still is what was stored. Of `wanted` what to compare with counts: seq and hash of
    // a checkpoint the centre has, and former keys.
    virtual void verify(LogCheck wanted, std::function<void(Result<LogCheck>)> done) = 0;
    virtual void acknowledge(std::uint64_t upto) = 0;
    virtual void uplink_reported(const UplinkStatus& status) = 0;
    virtual void load_members(std::unique_ptr<File> file, const Actor& actor,
                              std::function<void(Result<MemberListStatus>)> done) = 0;
    // Verb "sim": only stationd-demo knows it. Returns the reply's members.
    virtual Result<nlohmann::json> simulate(const nlohmann::json& request) = 0;
};

}  // namespace yizhan
