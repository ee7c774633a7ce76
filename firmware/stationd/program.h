// stationd as one object: Station, its drivers, its log and its control socket, wired together. The same object runs in
// stationd, in stationd-demo and in the tests.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/outputs/spoken_prompt.h"
#include "drivers/ports/watched_gpio.h"
#include "firmware/control/backend.h"
#include "firmware/control/server.h"
#include "firmware/identity/credential_id.h"
#include "firmware/identity/member_list.h"
#include "firmware/settings/settings_file.h"
#include "firmware/station/station.h"
#include "firmware/stationd/hardware.h"
#include "firmware/stationd/machine.h"
#include "firmware/stationd/visit_ids.h"
#include "firmware/storage/access_log.h"
#include "firmware/storage/log_writer.h"
#include "firmware/storage/open_log.h"
#include "hal/event_loop.h"

namespace yizhan {

// The log of these settings; a new one gets an epoch that nobody has drawn before.
LogFile fresh_log(const Settings& settings, const Machine& machine);

class StationProgram final : public LoopMember,
                             private ControlBackend,
                             private CardReaderListener,
                             private ContactListener,
                             private LogWriterListener {
 public:
    // Reads key and log, takes the hardware and starts. Every error that stands in the way, at once. The file is read
    // again by reload(). Blocks on files: before the loop runs.
    static std::expected<std::unique_ptr<StationProgram>, std::vector<Error>> start(SettingsFile file, Machine machine);
    // Drivers drive their outputs safe; what is not stored yet is lost as in a power cut: stop() first.
    ~StationProgram() override;

    // SIGHUP: reads the settings again, off the loop; adopted whole between two events, or refused whole.
    void reload();
    // Records the stop and stores what is waiting.
    void stop();

    const Station& station() const { return station_; }
    const LogWriter& log() const { return *log_writer_; }
    // The newest trouble with reload or member list; for the journal.
    std::function<void(const Error&)> on_trouble;
    // What it started in spite of.
    std::vector<Error> start_troubles() const;
    // Whether the station decides as it is meant to: its member list is in force, or was found not to be usable.
    bool ready() const { return ready_; }
    std::function<void()> on_ready;  // called once, if it was not ready when started

    Mono next_deadline() const override { return station_.next_deadline(); }
    void advance(Now now) override;
    void settle(Now now) override;

 private:
    struct Parts;
    StationProgram(Parts&& parts, Machine machine);
    void begin();

    // The one way into Station and out of it.
    void handle(const Event& event, Now now);
    void perform(const Action& action, Now now);
    void perform_record(const Record& record);
    void watch_outputs(Now now);
    void tell_meter(OutletIndex outlet, std::uint64_t least, Now now);
    void watch_log(Now now);
    void tell_log_health(Now now);
    void adopt_log_settings();
    void watch_clock(Now now);
    void load_member_list_at_start();
    void become_ready();
    void load_signers_at_start();
    void found_signers(const Result<std::string>& text);
    Result<void> may_take(const SignerSet& next) const;
    void adopt_signers(const SignerSet& set, const Actor& actor);
    void adopt_members(std::unique_ptr<MemberList> list, const Actor& actor);
    void adopt_settings(std::expected<SettingsFile, std::vector<Error>> next);
    // One file job at a time; the rest waits, at most 4.
    bool file_job(std::function<void()> job, std::function<void()> done);
    void start_file_job();

    StationView view() const override;
    Wiring wiring() const override;
    nlohmann::json settings_in_force() const override;
    void perform(const Command& command) override;
    void query(const LogQuery& query, std::function<void(Result<std::vector<LogRow>>)> done) override;
    void verify(LogCheck wanted, std::function<void(Result<LogCheck>)> done) override;
    void acknowledge(std::uint64_t upto) override;
    void uplink_reported(const UplinkStatus& status) override;
    void load_members(std::unique_ptr<File> file, const Actor& actor,
                      std::function<void(Result<MemberListStatus>)> done) override;
    Result<nlohmann::json> simulate(const nlohmann::json& request) override;
    const SignerSet* signers() const override { return signers_.get(); }
    void command_refused(Outcome why, std::uint32_t signer) override;
    void load_signers(std::string document, const Actor& actor,
                      std::function<void(Result<SignerStatus>)> done) override;
    SignerStatus signer_status() const;

    void on_card(CardReader& reader, const CardRead& card, Now now) override;
    void on_card_refused(CardReader& reader, Outcome why, Now now) override;
    void on_card_removed(CardReader& reader, Now now) override;
    void on_number(CardReader& reader, unsigned number, Now now) override;
    void on_health(CardReader& reader, ReaderHealth health, Now now) override;
    void on_contact(Contact& contact, std::optional<bool> active, Now now) override;
    void on_stored(std::uint64_t upto, Now now) override;
    void on_log_health(bool failed, const Error& why, Now now) override;
    void on_sealed(Now now) override;
    void on_damaged(Now now) override;
    void on_replaced(const LogReplacement& replacement, Now now) override;
    void on_retention(std::optional<RetentionFault> fault, Now now) override;

    Machine machine_;
    std::string settings_path_;
    std::string settings_text_;
    std::unique_ptr<Settings> settings_;  // Station keeps a pointer into it
    CredentialDigest digest_;
    VisitIds visit_ids_;
    std::unique_ptr<AccessLog> log_;
    std::optional<Error> log_set_aside_;
    std::optional<Error> log_in_memory_;
    Station station_;
    std::unique_ptr<WatchedGpio> gpio_;  // outlives the lines in hardware_
    Hardware hardware_;
    std::unique_ptr<SpokenPrompt> prompt_;
    std::unique_ptr<LogWriter> log_writer_;
    std::unique_ptr<ControlServer> control_;
    std::unique_ptr<MemberList> members_;
    Actions actions_;
    bool handling_ = false;

    struct FileJob {
        std::function<void()> job;
        std::function<void()> done;
    };
    std::vector<FileJob> file_jobs_;
    MemberListStatus member_status_;
    std::unique_ptr<SignerSet> signers_;  // null: there is none
    std::string signers_problem_;
    bool signers_being_stored_ = false;
    UplinkStatus uplink_status_;
    Wall started_at_;
    bool ready_ = false;
    bool log_failed_ = false;
    bool log_full_ = false;
    std::string log_problem_;
    std::string settings_problem_;  // of the newest reload; empty: none
    std::array<std::optional<LastCard>, max_readers> last_cards_{};  // for maintenance
};

}  // namespace yizhan
