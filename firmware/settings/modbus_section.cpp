#include <fmt/format.h>

#include <algorithm>

#include "firmware/settings/sections.h"

namespace yizhan {
namespace {

// What a question takes with its answer, of a PZEM, which has the longest: 33 bytes at 9600 baud and the meter's own
// 20 ms.
constexpr milliseconds one_question{60};

bool read_address(Section& section, std::uint8_t& address) {
    if (!section.has("address")) {
        section.error("address", "has no address", "add address = 1, or what was set in the device");
    }
    return section.whole<std::uint8_t>("address", address, 1, 247) && section.has("address");
}

}  // namespace

void ModbusDevices::add(Section& section, const std::string& port, std::uint8_t address,
                        std::optional<std::uint16_t> at, milliseconds poll) {
    auto& others = lines_[port];
    // Once for all of them: nobody else may speak there.
    if (others.empty()) section.claim(fmt::format("two devices on one line, {}", quoted(port)), "port");
    if (at) {
        section.claim(fmt::format("two thermometers in register {} of address {} on {}", *at, address, quoted(port)),
                      "register");
    } else {
        section.claim(fmt::format("two meters with address {} on {}", address, quoted(port)), "address");
    }
    if (std::ranges::any_of(others, [&](const Device& other) {
            return other.address == address && other.at.has_value() != at.has_value();
        })) {
        section.error("address",
                      fmt::format("address {} on {} is a meter's and a thermometer's", address, quoted(port)),
                      "give each of them its own, in the device and here");
    }
    others.push_back({address, at, poll});
    const auto takes = one_question * static_cast<int>(others.size());
    const auto shortest = std::ranges::min(others, {}, &Device::poll).poll;
    if (takes <= shortest) return;
    section.error("poll",
                  fmt::format("{} devices on {} take {} for one round, and one of them is to be asked every {}",
                              others.size(), quoted(port), duration_to_text(takes), duration_to_text(shortest)),
                  "raise poll, or put some of them on another line");
}

PzemSettings read_pzem_keys(Section& section, ModbusDevices& devices) {
    PzemSettings meter;
    const bool port_good = section.text("port", meter.port, serial_port_form, Need::required);
    const bool address_good = read_address(section, meter.address);
    const bool poll_good = section.duration("poll", meter.poll, milliseconds{100}, seconds{5});
    if (port_good && address_good && poll_good) {
        devices.add(section, meter.port, meter.address, std::nullopt, meter.poll);
    }
    return meter;
}

std::optional<ThermometerSettings> read_thermometer(Section& of, ModbusDevices& devices) {
    auto section = of.section("thermometer", Need::optional,
                              R"({ port = "serial:/dev/serial/by-path/…", address = 1, register = 0 })");
    if (!section) return std::nullopt;
    ThermometerSettings thermometer;
    const bool port_good = section->text("port", thermometer.port, serial_port_form, Need::required);
    const bool address_good = read_address(*section, thermometer.address);
    const bool at_good = section->whole<std::uint16_t>("register", thermometer.at, 0, 65535);
    section->choice<bool>("table", thermometer.holding, {{"input", false}, {"holding", true}});
    const bool poll_good = section->duration("poll", thermometer.poll, milliseconds{200}, seconds{4});
    if (port_good && address_good && at_good && poll_good) {
        devices.add(*section, thermometer.port, thermometer.address, thermometer.at, thermometer.poll);
    }
    section->finish();
    return thermometer;
}

}  // namespace yizhan
