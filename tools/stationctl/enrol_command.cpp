#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tools/stationctl/enrol_sheet.h"
#include "tools/stationctl/json_access.h"
#include "tools/stationctl/output.h"
#include "tools/stationctl/tool.h"

namespace yizhan {
namespace {

using nlohmann::json;

// Ctrl-C, or the time is over. Set by a signal.
volatile sig_atomic_t enrolment_over = 0;

void end_enrolment(int) { enrolment_over = 1; }

void catch_signals(std::uint64_t for_minutes) {
    struct sigaction action{};
    action.sa_handler = end_enrolment;  // without SA_RESTART: it ends the wait
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGALRM, &action, nullptr);
    alarm(static_cast<unsigned>(for_minutes * 60));
}

Tried<bool> note(const Tool& tool, EnrolSheet& sheet, const json& push) {
    const auto credential = text_at(push, "credential");
    if (credential.empty()) return true;
    const auto added = sheet.add(credential);
    if (!added) return failed(added.error());
    const auto kind = text_at(push, "kind");
    if (tool.json) return write_json({{"cards", sheet.cards()}, {"kind", kind}, {"new", *added}});
    if (!*added) return write_out("this card has been noted already\n");
    return write_out(fmt::format("card {} noted ({})\n", sheet.cards(), kind));
}

Tried<void> note_cards(const Tool& tool, ControlClient& client, EnrolSheet& sheet) {
    // A signal between this look and the wait is missed until the next one: press Ctrl-C again.
    while (enrolment_over == 0) {
        const auto push = client.next_push();
        if (!push) return std::unexpected(push.error());
        if (text_at(*push, "push") != "enrolled") continue;
        const auto go_on = note(tool, sheet, *push);
        if (!go_on) return std::unexpected(go_on.error());
        if (!*go_on) break;
    }
    return {};
}

}  // namespace

Tried<ExitCode> enrol(const Tool& tool, const std::string& reader, std::uint64_t for_minutes,
                      const std::string& out_file) {
    auto sheet = EnrolSheet::open(out_file);
    if (!sheet) return failed(sheet.error());
    auto client = connect_to_station(tool, "maintenance");
    if (!client) return std::unexpected(client.error());
    json request = {{"do", "enrol"}, {"reader", reader}, {"action", "start"}, {"minutes", for_minutes}};
    if (const auto started = client->request(request); !started) return std::unexpected(started.error());
    catch_signals(for_minutes);
    if (!tool.json) {
        static_cast<void>(write_out(fmt::format(
            "Present one card after another at {}. Ctrl-C ends it, or {} minutes.\n", reader, for_minutes)));
    }
    const auto noted = note_cards(tool, *client, *sheet);
    request["action"] = "end";
    request.erase("minutes");
    const auto ended = client->request(request);
    if (!noted) return std::unexpected(noted.error());
    if (!ended && ended.error().code != "refused") return std::unexpected(ended.error());  // it may be over already
    if (!tool.json) static_cast<void>(write_out(fmt::format("{} cards in {}.\n", sheet->cards(), out_file)));
    return ExitCode::ok;
}

}  // namespace yizhan
