// Member lists and settings of a running station: read and verified by the file worker, adopted between two events.
#include <fmt/format.h>

#include <algorithm>

#include "firmware/stationd/program.h"

namespace yizhan {
namespace {

constexpr std::size_t file_job_limit = 4;

std::vector<std::string> group_names(const Settings& settings) {
    std::vector<std::string> names;
    for (const auto& group : settings.station.groups) names.push_back(group.name);
    return names;
}

}  // namespace

bool StationProgram::file_job(std::function<void()> job, std::function<void()> done) {
    if (file_jobs_.size() >= file_job_limit) return false;
    file_jobs_.push_back({std::move(job), std::move(done)});
    if (file_jobs_.size() == 1) start_file_job();
    return true;
}

void StationProgram::start_file_job() {
    machine_.file_worker->start(file_jobs_.front().job, [this] {
        // Done first: whoever waits behind it sees what it did.
        const auto done = std::move(file_jobs_.front().done);
        file_jobs_.front().job = nullptr;
        done();
        file_jobs_.erase(file_jobs_.begin());
        if (!file_jobs_.empty()) start_file_job();
    });
}

void StationProgram::load_member_list_at_start() {
    const std::string& path = settings_->identity.member_list;
    if (path.empty()) return become_ready();
    handle(MembersAwaited{}, machine_.loop.now());
    struct Loaded {
        Result<std::unique_ptr<MemberList>> list = failure("");
    };
    const auto loaded = std::make_shared<Loaded>();
    const bool taken = file_job(
        [loaded, path, &files = machine_.files, station = settings_->station.id, key = digest_.key_id(),
         groups = group_names(*settings_)] {
            auto file = files.open(path);
            loaded->list = file ? MemberList::load(**file, station, key, groups)
                                : Result<std::unique_ptr<MemberList>>(std::unexpected(file.error()));
        },
        [this, loaded] {
            if (loaded->list) {
                adopt_members(std::move(*loaded->list), {});
            } else {
                member_status_.problem = loaded->list.error().what;
                if (on_trouble) on_trouble(loaded->list.error());
                handle(MembersChanged{}, machine_.loop.now());
            }
            become_ready();
        });
    YZ_CHECK(taken);
}

void StationProgram::become_ready() {
    ready_ = true;
    if (on_ready) on_ready();
}

void StationProgram::load_members(std::unique_ptr<File> file, const Actor& actor,
                                  std::function<void(Result<MemberListStatus>)> done) {
    struct Loaded {
        std::unique_ptr<File> file;
        Result<std::unique_ptr<MemberList>> list = failure("");
    };
    const auto loaded = std::make_shared<Loaded>();
    loaded->file = std::move(file);
    const auto shared_done = std::make_shared<std::function<void(Result<MemberListStatus>)>>(std::move(done));
    const bool taken = file_job(
        [loaded, station = settings_->station.id, key = digest_.key_id(), groups = group_names(*settings_)] {
            loaded->list = MemberList::load(*loaded->file, station, key, groups);
            loaded->file.reset();
        },
        [this, loaded, actor, shared_done] {
            if (!loaded->list) {
                member_status_.problem = loaded->list.error().what;
                (*shared_done)(std::unexpected(loaded->list.error()));
                return;
            }
            adopt_members(std::move(*loaded->list), actor);
            (*shared_done)(member_status_);
        });
    if (!taken) (*shared_done)(failure("other files are still being read", "try again in a moment"));
}

void StationProgram::adopt_members(std::unique_ptr<MemberList> list, const Actor& actor) {
    const MemberListInfo& info = list->info();
    member_status_ = {true, info.version, info.count, info.built_at, {}};
    std::shared_ptr<MemberList> old = std::move(members_);
    members_ = std::move(list);
    handle(MembersChanged{members_.get(), actor}, machine_.loop.now());
    // Giving back tens of megabytes takes the kernel a while: not in the loop, unless the worker is too busy.
    if (old) static_cast<void>(file_job([old]() mutable { old.reset(); }, [] {}));
}

void StationProgram::reload() {
    using Read = std::expected<SettingsFile, std::vector<Error>>;
    const auto next = std::make_shared<Read>(std::unexpected(std::vector<Error>{}));
    const bool taken =
        file_job([next, path = settings_path_, &files = machine_.files] { *next = read_settings(files, path); },
                 [this, next] { adopt_settings(std::move(*next)); });
    if (!taken && on_trouble) on_trouble({"settings not reloaded: other files are still being read", "try again"});
}

void StationProgram::adopt_settings(std::expected<SettingsFile, std::vector<Error>> next) {
    settings_problem_.clear();
    const auto refuse = [&](const Error& error) {
        settings_problem_ += settings_problem_.empty() ? error.what : "; " + error.what;
        if (on_trouble) on_trouble(error);
    };
    if (!next) {
        for (const auto& error : next.error()) refuse(error);
    } else if (const auto fits = can_adopt(*settings_, next->settings); !fits) {
        refuse(fits.error());
    }
    if (!settings_problem_.empty()) {
        control_->on_changed();
        return;
    }
    auto adopted = std::make_unique<Settings>(std::move(next->settings));
    station_.adopt(adopted->station);
    settings_ = std::move(adopted);
    settings_text_ = std::move(next->text);
    adopt_log_settings();
    handle(SettingsLoaded{}, machine_.loop.now());
}

}  // namespace yizhan
