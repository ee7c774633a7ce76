#include <fmt/format.h>

#include <string>

#include "firmware/settings/sections.h"

namespace yizhan {
namespace {

enum class MeterType : std::uint8_t { none, cse7766, pzem, pulses };

constexpr std::string_view meter_example =
    R"({ type = "pzem-004t", port = "serial:/dev/serial/by-path/…", address = 1 })";

Cse7766Settings read_cse7766_keys(Section& section) {
    Cse7766Settings meter;
    if (section.text("port", meter.port, serial_port_form, Need::required)) {
        section.claim(fmt::format("two devices on one line, {}", quoted(meter.port)), "port");
    }
    return meter;
}

PulseMeterSettings read_pulse_keys(Section& section) {
    PulseMeterSettings meter;
    InputSettings input;
    read_line_keys(section, input);
    meter.line = input.line;
    meter.active_high = input.active_high;
    meter.bias = input.bias;
    section.whole<std::uint32_t>("pulses_per_kwh", meter.pulses_per_kwh, 10, 100'000);
    return meter;
}

MeterSettings read_meter(Section& outlet, ModbusDevices& devices) {
    auto section = outlet.section("meter", Need::optional, meter_example);
    if (!section) return {};
    MeterType type = MeterType::none;
    section->choice<MeterType>(
        "type", type, {{"cse7766", MeterType::cse7766}, {"pzem-004t", MeterType::pzem}, {"s0", MeterType::pulses}},
        Need::required);
    MeterSettings meter;
    if (type == MeterType::cse7766) meter = read_cse7766_keys(*section);
    if (type == MeterType::pzem) meter = read_pzem_keys(*section, devices);
    if (type == MeterType::pulses) meter = read_pulse_keys(*section);
    // Which keys belong here depends on the type: without it every one of them would be called unknown.
    if (type != MeterType::none) section->finish();
    return meter;
}

void read_amenity(Section& outlet, std::optional<AmenityConfig>& amenity, OutletHardware& hardware) {
    auto section =
        outlet.section("amenity", Need::optional, R"({ hours = ["Mon-Sun 06:00-22:00"], off_after = "5min" })");
    if (!section) return;
    amenity.emplace();
    section->week("hours", amenity->hours);
    section->week("on_while_empty", amenity->on_while_empty);
    section->duration("off_after", amenity->off_after, seconds{0}, hours{2});
    section->flag("on_in_danger", amenity->on_in_danger);
    section->finish();
    // It is nobody's: it does not fill up, and goes on for as long as somebody is there.
    hardware.limits = amenity_limits;
    hardware.longest_on = for_good;
    if (outlet.has("longest_on")) {
        outlet.error("longest_on", "has longest_on, and is an amenity", "leave it out: it follows who is there");
    }
}

void read_limits(Section& outlet, ChargingLimits& limits) {
    outlet.choice<ChargingLimits>("profile", limits, {{"phone", phone_limits}, {"e-bike", e_bike_limits}});
    auto section = outlet.section("protection", Need::optional, R"({ max_current_ma = 3000, full_after = "10min" })");
    if (!section) return;
    section->whole<std::uint32_t>("max_current_ma", limits.most_milliamps, 100, 16'000);
    std::uint32_t watts = limits.most_milliwatts / 1000;
    section->whole<std::uint32_t>("max_power_w", watts, 10, 3'500);
    limits.most_milliwatts = watts * 1000;
    section->duration("overload_time", limits.overload_time, milliseconds{500}, seconds{10});
    section->duration("inrush", limits.inrush, milliseconds{50}, seconds{2});
    const bool idle_good = section->whole<std::uint32_t>("idle_mw", limits.idle_milliwatts, 500, 20'000);
    section->duration("nothing_after", limits.nothing_after, seconds{10}, minutes{10});
    const bool from_good = section->whole<std::uint32_t>("unplugged_from_mw", limits.unplugged_from, 1'000, 100'000);
    section->duration("unplugged_after", limits.unplugged_after, seconds{2}, minutes{2});
    section->whole<std::uint32_t>("full_mw", limits.full_milliwatts, 500, 100'000);
    section->duration("full_after", limits.full_after, minutes{1}, hours{1});
    section->duration("meter_silent_after", limits.silent_after, seconds{2}, minutes{1});
    section->duration("shortest_off", limits.shortest_off, seconds{1}, minutes{5});
    if (idle_good && from_good && limits.unplugged_from <= limits.idle_milliwatts) {
        section->error("unplugged_from_mw",
                       fmt::format("unplugged_from_mw {} is not more than idle_mw {}", limits.unplugged_from,
                                   limits.idle_milliwatts),
                       "unplugging is a fall from the one to below the other: make it more");
    }
    section->finish();
}

void read_heat(Section& outlet, OutletHardware& hardware) {
    auto section = outlet.section("heat", Need::optional, "{ warn_c = 60, off_c = 70, cooled_c = 50 }");
    if (!section) return;
    HeatLimits& heat = hardware.heat;
    // Makers of e-bike posts let it be set between these.
    const bool off_good = section->celsius("off_c", heat.off, 50, 100);
    const bool warn_good = section->celsius("warn_c", heat.warn, 40, 100);
    const bool cooled_good = section->celsius("cooled_c", heat.cooled, 20, 90);
    if (off_good && warn_good && heat.warn > heat.off) {
        section->error("warn_c", "warn_c is more than off_c", "the warning comes before the end: lower it");
    }
    if (cooled_good && warn_good && heat.cooled >= heat.warn) {
        section->error("cooled_c", "cooled_c is not less than warn_c",
                       "below cooled_c the socket may be used again: lower it");
    }
    if (!hardware.thermometer) {
        outlet.error("heat", "heat needs a thermometer in the socket",
                     "add thermometer = { port = …, address = … }, or leave it out");
    }
    section->finish();
}

void check_meter(Section& section, const OutletHardware& hardware) {
    for (const std::string_view key : {"profile", "protection"}) {
        if (!section.has(key) || hardware.follows_power()) continue;
        section.error(
            key, fmt::format("{} needs a meter that follows what flows", key),
            "add meter = { type = \"pzem-004t\", … } or cse7766, or leave it out: nothing else protects by it");
    }
    const auto* asked = std::get_if<PzemSettings>(&hardware.meter);
    if (asked != nullptr && asked->poll * 2 > hardware.limits.silent_after) {
        section.error("meter",
                      fmt::format("poll {} leaves no second attempt within meter_silent_after {}",
                                  duration_to_text(asked->poll), duration_to_text(hardware.limits.silent_after)),
                      "lower poll or raise protection.meter_silent_after");
    }
}

void read_outlet(Section& section, OutletConfig& outlet, OutletHardware& hardware, ModbusDevices& devices) {
    if (section.text("name", outlet.name, name_form, Need::required)) section.claim_name("outlet", outlet.name);
    const bool limit_good = section.duration("time_limit", outlet.time_limit, seconds{10}, hours{24});
    const bool warn_good = section.duration("warn_before", outlet.warn_before, seconds{0}, hours{1});
    const bool longest_good = section.duration("longest_on", hardware.longest_on, seconds{10}, hours{24});
    if (limit_good && warn_good && outlet.warn_before >= outlet.time_limit) {
        section.error("warn_before",
                      fmt::format("warn_before {} is not shorter than time_limit {}",
                                  duration_to_text(outlet.warn_before), duration_to_text(outlet.time_limit)),
                      "the warning comes warn_before before the end: make it shorter");
    }
    if (limit_good && longest_good && outlet.time_limit > hardware.longest_on) {
        section.error("time_limit",
                      fmt::format("time_limit {} is longer than longest_on {}", duration_to_text(outlet.time_limit),
                                  duration_to_text(hardware.longest_on)),
                      "lower time_limit or raise longest_on: the outlet switches itself off after that");
    }
    read_output_keys(section, hardware.relay);
    hardware.lamp = read_output(section, "lamp");
    hardware.meter = read_meter(section, devices);
    read_amenity(section, outlet.amenity, hardware);
    read_limits(section, hardware.limits);
    outlet.rated_milliwatts = hardware.limits.most_milliwatts;
    check_meter(section, hardware);
    hardware.thermometer = read_thermometer(section, devices);
    read_heat(section, hardware);
    section.finish();
}

}  // namespace

void read_outlets(Section& file, Settings& settings, ModbusDevices& devices) {
    if (auto section = file.section("charging")) {
        settings.contactor = read_output(*section, "contactor");
        settings.station.has_contactor = settings.contactor.has_value();
        std::uint32_t watts = 0;
        section->whole<std::uint32_t>("max_power_w", watts, 100, 100'000);
        settings.station.most_milliwatts = std::int64_t{watts} * 1000;
        section->finish();
    }
    for (Section& section : file.sections("outlet", max_outlets)) {
        read_outlet(section, settings.station.outlets.emplace_back(), settings.outlets.emplace_back(), devices);
    }
}

}  // namespace yizhan
