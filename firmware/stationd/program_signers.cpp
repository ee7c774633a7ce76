// Whose commands are taken: the newest key set is kept in a file, and is in force once it is there.
#include <fmt/format.h>

#include <utility>

#include "firmware/stationd/program.h"

namespace yizhan {

void StationProgram::load_signers_at_start() {
    const CommandSettings& commands = settings_->commands;
    if (commands.roots.keys.empty()) return handle(SignersChanged{}, machine_.loop.now());
    // Until it is read, whether another is newer cannot be said.
    signers_being_stored_ = true;
    const auto text = std::make_shared<Result<std::string>>(failure(""));
    const bool taken = file_job([text, path = commands.signers_file,
                                 &files = machine_.files] { *text = read_text(files, path, signer_set_limit); },
                                [this, text] { found_signers(*text); });
    YZ_CHECK(taken);
}

void StationProgram::found_signers(const Result<std::string>& text) {
    signers_being_stored_ = false;
    auto set =
        text ? read_signer_set(*text, settings_->commands.roots) : Result<SignerSet>(std::unexpected(text.error()));
    const std::uint64_t newest = station_.state().sequences.version;
    if (set && set->version < newest) {
        set = failure(fmt::format("{}: key set of version {}, this station has had {}",
                                  settings_->commands.signers_file, set->version, newest),
                      "somebody has put an old one there: send the newest one");
    }
    if (set) return adopt_signers(*set, {});
    signers_problem_ = set.error().what;
    // A station that never had one waits for its first.
    if (newest > 0 && on_trouble) on_trouble(set.error());
    handle(SignersChanged{}, machine_.loop.now());
    control_->on_changed();
}

// Whether `next` may replace the set in force, or the newest that this station has had.
Result<void> StationProgram::may_take(const SignerSet& next) const {
    // One after the other: which is the newer one is asked before it is stored.
    if (signers_being_stored_) return failure("key set: another one is being stored", "try again in a moment");
    if (signers_) return may_follow(*signers_, next);
    // Where its file was lost the newest one is taken once more.
    const std::uint64_t newest = station_.state().sequences.version;
    return may_follow(SignerSet{.version = newest > 0 ? newest - 1 : 0}, next);
}

void StationProgram::load_signers(std::string document, const Actor& actor,
                                  std::function<void(Result<SignerStatus>)> done) {
    const auto refuse = [&](const Error& why) {
        command_refused(Outcome::signers_refused, 0);
        done(std::unexpected(why));
    };
    if (settings_->commands.roots.keys.empty()) {
        return refuse({"key set: this station takes no commands of the centre", "name root_keys in [commands]"});
    }
    const auto set = read_signer_set(document, settings_->commands.roots);
    if (!set) return refuse(set.error());
    if (signers_ && *set == *signers_) return done(signer_status());  // it is in force
    if (const auto may = may_take(*set); !may) return refuse(may.error());

    const auto stored = std::make_shared<Result<void>>();
    const auto shared_done = std::make_shared<std::function<void(Result<SignerStatus>)>>(std::move(done));
    signers_being_stored_ = true;
    const bool taken =
        file_job([stored, document = std::move(document), path = settings_->commands.signers_file,
                  &files = machine_.files] { *stored = files.replace(path, std::as_bytes(std::span(document))); },
                 [this, stored, set = *set, actor, shared_done] {
                     signers_being_stored_ = false;
                     if (!*stored) {
                         signers_problem_ = stored->error().what;
                         return (*shared_done)(std::unexpected(stored->error()));
                     }
                     adopt_signers(set, actor);
                     (*shared_done)(signer_status());
                 });
    if (taken) return;
    signers_being_stored_ = false;
    (*shared_done)(failure("other files are still being read", "try again in a moment"));
}

void StationProgram::adopt_signers(const SignerSet& set, const Actor& actor) {
    signers_problem_.clear();
    const auto old = std::exchange(signers_, std::make_unique<SignerSet>(set));
    handle(SignersChanged{signers_.get(), actor}, machine_.loop.now());
    control_->on_changed();
}

SignerStatus StationProgram::signer_status() const {
    SignerStatus status{.set_up = !settings_->commands.roots.keys.empty(), .problem = signers_problem_};
    if (!signers_) return status;
    status.version = signers_->version;
    status.expires = signers_->expires;
    status.signers.assign(signers_->signers.begin(), signers_->signers.end());
    return status;
}

}  // namespace yizhan
