// ID-card readers on the virtual USB bus of this machine (vhci-hcd), until the input ends. Commands are JSON objects,
// one a line, each answered with one line: {"ok":true,…} or {"ok":false,"error":…}. In each, "reader" (0 to 7, default
// 0) says which.
//
//   {"cmd":"plug","port":0,"profile":"four-pipes","chunk":64,"latency_ms":700}   answers with "path", e.g. "1-1"
//       profile: four-pipes, one-pair, interrupt-pair, hid, no-pipes; chunk: bytes, or "whole"; latency_ms: of a read
//       also: boot_ms, gap_ms (between chunks), empty_packets, body_first (see VirtualUsbReader), sam (a number: tells
//       readers apart by SAM id)
//   {"cmd":"unplug"}
//   {"cmd":"present","card":"resident"}   resident, foreigner-2017, foreigner-2023, permit, or a name of the demo's
//   cast
//   {"cmd":"present","person":17}         one of 600000 invented people
//   {"cmd":"remove"}
//   {"cmd":"mute"}, with "until_reset":true   {"cmd":"unmute"}
//   {"cmd":"late","ms":2500}, with "request":"3001"   the next answer, or the next one to that request, comes so late
//   {"cmd":"stall"}, with "times":3
//   {"cmd":"deafen"}                      takes no request any more, until it is plugged in again
//   {"cmd":"status"}                      finds, selects, reads, transfers, unlinks, halts_cleared, configured, plugged
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/hardware/usb_virtual_reader.h"
#include "tools/stationd_demo/cast.h"

namespace yizhan {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_readers = 8;

Json refused(const std::string& why) { return {{"ok", false}, {"error", why}}; }

std::optional<UsbProfile> profile_of(const std::string& name) {
    constexpr std::array names{"four-pipes", "one-pair", "interrupt-pair", "hid", "no-pipes"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (name == names[i]) return static_cast<UsbProfile>(i);
    }
    return std::nullopt;
}

std::optional<simulated::SimulatedCard> card_named(const std::string& name) {
    if (name == "resident") return simulated::SimulatedCard{};
    if (name == "foreigner-2017") return simulated::foreigner_card_2017();
    if (name == "foreigner-2023") return simulated::foreigner_card_2023();
    if (name == "permit") return simulated::residence_permit();
    return simulated::card_of(name);
}

// Sequence 0 to 999, then month, then year of birth.
simulated::SimulatedCard card_of_person(unsigned index) {
    const unsigned month = index / 1000 % 12 + 1;
    const unsigned year = 1950 + index / 12000 % 50;
    return simulated::resident_card(std::to_string(year * 10000 + month * 100 + 1), index % 1000);
}

class Readers {
 public:
    explicit Readers(SdEventLoop& loop) {
        for (auto& reader : readers_) reader = std::make_unique<VirtualUsbReader>(loop);
    }

    Json handle(const Json& command) {
        const auto number = command.value("reader", std::size_t{0});
        if (number >= most_readers) return refused("no such reader");
        VirtualUsbReader& reader = *readers_[number];
        const std::string name = command.value("cmd", "");
        if (name == "plug") return plug(reader, command);
        if (name == "present") return present(reader, command);
        if (name == "status") return status(reader);
        if (name == "late") {
            const auto request = std::stoul(command.value("request", "0"), nullptr, 16);
            reader.sam().inject({.kind = simulated::SamReaderFault::Kind::late_reply,
                                 .request = static_cast<std::uint16_t>(request),
                                 .delay = milliseconds{command.value("ms", 1000)}});
        } else if (name == "unplug") {
            reader.unplug();
        } else if (name == "remove") {
            reader.sam().remove();
        } else if (name == "mute") {
            reader.mute(command.value("until_reset", false));
        } else if (name == "unmute") {
            reader.unmute();
        } else if (name == "stall") {
            reader.stall(command.value("times", 1));
        } else if (name == "deafen") {
            reader.deafen();
        } else {
            return refused("no such command");
        }
        return {{"ok", true}};
    }

 private:
    static Json plug(VirtualUsbReader& reader, const Json& command) {
        const auto profile = profile_of(command.value("profile", "four-pipes"));
        if (!profile) return refused("no such profile");
        auto& knobs = reader.sam().knobs();
        const auto chunk = command.value("chunk", Json("whole"));
        knobs.chunk = chunk == "whole" ? 0 : chunk.get<std::size_t>();
        knobs.read_takes = milliseconds{command.value("latency_ms", 700)};
        knobs.chunk_gap = milliseconds{command.value("gap_ms", 0)};
        knobs.boot_takes = milliseconds{command.value("boot_ms", 800)};
        knobs.sam_id[8] = static_cast<std::uint8_t>(command.value("sam", 0xB1));
        reader.empty_packets = command.value("empty_packets", false);
        reader.body_first = command.value("body_first", false);
        const int port = command.value("port", 0);
        if (const auto plugged = reader.plug(port, *profile); !plugged) return refused(plugged.error().what);
        return {{"ok", true}, {"path", VirtualUsbDevice::path_of(port)}};
    }

    static Json present(VirtualUsbReader& reader, const Json& command) {
        const auto card = command.contains("person") ? card_of_person(command["person"].get<unsigned>())
                                                     : card_named(command.value("card", "resident"));
        if (!card) return refused("no such card");
        reader.sam().present(*card);
        return {{"ok", true}};
    }

    static Json status(VirtualUsbReader& reader) {
        const UsbCounts& counts = reader.counts();
        const auto& sam = reader.sam();
        return {{"ok", true},
                {"finds", sam.asked(0x2001)},
                {"selects", sam.asked(0x2002)},
                {"reads", sam.asked(0x3001)},
                {"transfers", counts.transfers},
                {"unlinks", counts.unlinks},
                {"halts_cleared", counts.halts_cleared},
                {"configured", counts.configured},
                {"plugged", reader.plugged()}};
    }

    std::array<std::unique_ptr<VirtualUsbReader>, most_readers> readers_;
};

int run() {
    SdEventLoop loop(ClockPolicy::always);
    Readers readers(loop);
    std::string input;
    const auto watch = loop.watch(STDIN_FILENO, EPOLLIN, [&](std::uint32_t) {
        std::array<char, 4096> buffer;
        const ssize_t size = read(STDIN_FILENO, buffer.data(), buffer.size());
        if (size <= 0) return loop.stop();
        input.append(buffer.data(), static_cast<std::size_t>(size));
        for (std::size_t end = input.find('\n'); end != std::string::npos; end = input.find('\n')) {
            Json reply;
            try {
                reply = readers.handle(Json::parse(input.substr(0, end)));
            } catch (const std::exception&) {  // not JSON, or a member of another type
                reply = refused("not a command");
            }
            input.erase(0, end + 1);
            std::puts(reply.dump().c_str());
            std::fflush(stdout);
        }
    });
    return loop.run();
}

}  // namespace
}  // namespace yizhan

int main() { return yizhan::run(); }
