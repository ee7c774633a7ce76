#include "firmware/stationd/run.h"

#include <grp.h>
#include <pwd.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "drivers/ports/boot_id.h"
#include "drivers/ports/files.h"
#include "drivers/ports/memory.h"
#include "drivers/ports/notify.h"
#include "drivers/ports/random.h"
#include "drivers/ports/stream.h"
#include "drivers/ports/worker.h"
#include "firmware/control/protocol.h"
#include "firmware/stationd/program.h"

namespace yizhan {
namespace {

void tell(const Error& error) {
    std::fprintf(stderr, "stationd: %s\n", error.what.c_str());
    if (!error.cure.empty()) std::fprintf(stderr, "  %s\n", error.cure.c_str());
}

int give_up(const std::vector<Error>& errors) {
    for (const Error& error : errors) tell(error);
    return 1;
}

// A group or user that does not exist gives nobody a right: root can still do everything.
ControlRights rights_of(const ControlSettings& settings) {
    ControlRights rights;
    const auto group_id = [](const std::string& name) -> std::optional<std::uint32_t> {
        const group* entry = getgrnam(name.c_str());
        return entry != nullptr ? std::optional<std::uint32_t>(entry->gr_gid) : std::nullopt;
    };
    rights.maintenance_group = group_id(settings.maintenance_group);
    rights.read_only_group = group_id(settings.read_only_group);
    if (const passwd* user = getpwnam(settings.uplink_user.c_str())) rights.uplink_user = user->pw_uid;
    return rights;
}

}  // namespace

int run_station(const std::string& settings_path, const MakeHardwarePorts& make_ports) {
    if (const auto held = hold_in_memory(); !held) tell(held.error());
    SystemFiles files;
    auto file = read_settings(files, settings_path);
    if (!file) return give_up(file.error());

    SystemRandom random;
    SdEventLoop loop(file->settings.clock == ClockTrust::always ? ClockPolicy::always : ClockPolicy::synchronised);
    std::unique_ptr<StationProgram> program;
    loop.handle_signals([&program] {
        if (program) program->reload();
    });

    const ControlRights rights = rights_of(file->settings.control);
    // Whoever may read belongs to the read-only group; what else they may do is decided by uid and groups.
    auto control = UnixServer::listen(loop, {.path = file->settings.control.socket,
                                             .group = rights.read_only_group,
                                             .send_bound = control_send_limit,
                                             .most_clients = control_client_limit * 2});
    if (!control) return give_up({control.error()});

    const auto made = make_ports(loop, file->settings);
    if (!made) return give_up({made.error()});
    HardwarePorts* const ports = made->get();
    Machine machine{.loop = loop,
                    .log_worker = std::make_unique<ThreadWorker>(loop, "log"),
                    .file_worker = std::make_unique<ThreadWorker>(loop, "files"),
                    .random = random,
                    .files = files,
                    .control = **control,
                    .gpio = ports->gpio(),
                    .byte_ports = ports->byte_ports(),
                    .contactless_ports = ports->contactless_ports(),
                    .key_ports = ports->key_ports(),
                    .modbus_buses = ports->modbus_buses(),
                    .sound = ports->sound(),
                    .boot = boot_id(),
                    .rights = rights,
                    .guard_trouble = [ports] { return ports->guard_trouble(); },
                    .simulate = ports->simulation()};
    if (const char* directory = std::getenv("CREDENTIALS_DIRECTORY")) machine.credentials_directory = directory;
    machine.set_wall_floor = [&loop](Wall floor) { loop.set_wall_floor(floor); };

    auto started = StationProgram::start(std::move(*file), std::move(machine));
    if (!started) return give_up(started.error());
    program = std::move(*started);
    program->on_trouble = tell;
    for (const Error& trouble : program->start_troubles()) tell(trouble);

    const auto watchdog = loop.feed_watchdog();
    if (!watchdog) tell(watchdog.error());
    program->on_ready = notify_ready;
    if (program->ready()) notify_ready();
    const int exit_code = loop.run();
    notify_stopping();
    program->stop();
    program.reset();
    return exit_code;
}

}  // namespace yizhan
