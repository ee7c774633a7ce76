#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "firmware/settings/sections.h"

namespace yizhan {
namespace {

enum class ReaderType : std::uint8_t { none, id_card, wiegand, contactless, keyboard };

bool is_port(std::string_view text) {
    if (serial_port_form.fits(text)) return true;
    if (!text.starts_with("usb:")) return false;
    // As the kernel names devices under /sys/bus/usb/devices: bus-port, and a port for every hub on the way.
    const std::string_view path = text.substr(4);
    bool digit_before = false;
    bool dash_seen = false;
    for (const char c : path) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit && (!digit_before || c != (dash_seen ? '.' : '-'))) return false;
        dash_seen |= c == '-';
        digit_before = digit;
    }
    return dash_seen && digit_before && path.size() <= 31;
}
const TextForm port_form{is_port, "a port like usb:1-1.4 or serial:/dev/…", "\"usb:1-1.4\""};

bool is_pcsc_port(std::string_view text) {
    constexpr std::string_view scheme = "pcsc:";
    constexpr std::size_t longest_name = 127;  // of pcscd
    if (!text.starts_with(scheme)) return false;
    const std::string_view name = text.substr(scheme.size());
    const bool printable = std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
    return printable && !name.empty() && name.size() <= longest_name;
}
const TextForm pcsc_port_form{is_pcsc_port, "pcsc: and the name of a reader, or a part of it", "\"pcsc:ACR1252\""};

bool is_input_device(std::string_view text) { return text.starts_with("/dev/input/") && path_form.fits(text); }
const TextForm input_device_form{is_input_device, "a device below /dev/input", "\"/dev/input/by-id/…-event-kbd\""};

void read_where(Section& section, ReaderConfig& reader, const StationConfig& station) {
    const bool placed = section.choice<ReaderPlace>(
        "place", reader.place,
        {{"entry", ReaderPlace::entry}, {"exit", ReaderPlace::exit}, {"inside", ReaderPlace::inside}}, Need::required);
    std::string door;
    std::string outlet;
    if (section.text("door", door, name_form) && section.has("door")) {
        if (const auto i = position_named(section, "door", "door", door, station.doors)) reader.door = DoorIndex(*i);
    }
    if (section.text("outlet", outlet, name_form) && section.has("outlet")) {
        if (const auto i = position_named(section, "outlet", "outlet", outlet, station.outlets)) {
            reader.outlet = OutletIndex(*i);
            if (station.outlets[*i].amenity) {
                section.error("outlet", "names an outlet of the room, which nobody is given",
                              "name one without amenity");
            }
        }
    }
    if (!placed) return;
    const bool inside = reader.place == ReaderPlace::inside;
    if (!inside && !section.has("door")) {
        section.error(
            "door",
            fmt::format("is an {} reader without a door", reader.place == ReaderPlace::entry ? "entry" : "exit"),
            "add door = \"…\": the one it releases");
    }
    if (inside && section.has("door")) {
        section.error("door", "is inside and names a door", "leave out door, or say place = \"exit\"");
    }
    if (!inside && section.has("outlet")) {
        section.error("outlet", "names an outlet and is not inside", "leave out outlet, or say place = \"inside\"");
    }
}

IdCardReaderSettings read_id_card_keys(Section& section) {
    IdCardReaderSettings reader;
    if (section.text("port", reader.port, port_form, Need::required)) {
        section.claim(fmt::format("two readers on one port, {}", quoted(reader.port)), "port");
    }
    section.duration("poll", reader.poll, milliseconds{50}, seconds{2});
    return reader;
}

WiegandReaderSettings read_wiegand_keys(Section& section) {
    WiegandReaderSettings reader;
    const bool d0 = section.line("d0", reader.d0);
    const bool d1 = section.line("d1", reader.d1);
    if (d0 && d1 && reader.d0.chip != reader.d1.chip) {
        section.error("d1",
                      fmt::format("d1 is on chip {} and d0 on {}", quoted(reader.d1.chip), quoted(reader.d0.chip)),
                      "put both on one chip: the order of bits is known only there");
    }
    section.duration("gap", reader.gap, milliseconds{10}, milliseconds{500});
    std::vector<std::uint8_t> bits;
    const auto lengths = section.wholes("bits");
    if (lengths && lengths->empty()) section.error("bits", "bits is empty", "say 26, 34 or 37, or leave out bits");
    for (const std::int64_t length : lengths.value_or(std::vector<std::int64_t>{})) {
        if (length != 26 && length != 34 && length != 37) {
            section.error("bits", fmt::format("bits: frames of {} bits are not understood", length),
                          "say 26, 34 or 37");
            continue;
        }
        bits.push_back(static_cast<std::uint8_t>(length));
    }
    std::ranges::sort(bits);
    const auto repeated = std::ranges::unique(bits);
    bits.erase(repeated.begin(), repeated.end());
    if (!bits.empty()) reader.bits = bits;
    return reader;
}

ContactlessReaderSettings read_contactless_keys(Section& section) {
    ContactlessReaderSettings reader;
    if (section.text("port", reader.port, pcsc_port_form, Need::required)) {
        section.claim(fmt::format("two readers on one port, {}", quoted(reader.port)), "port");
    }
    std::pair<bool, std::uint8_t> transform{reader.reverse, reader.low_bytes};
    section.choice<std::pair<bool, std::uint8_t>>("transform", transform,
                                                  {{"none", {false, 0}},
                                                   {"reverse", {true, 0}},
                                                   {"low-3", {false, 3}},
                                                   {"low-4", {false, 4}},
                                                   {"reverse-low-3", {true, 3}},
                                                   {"reverse-low-4", {true, 4}}});
    std::tie(reader.reverse, reader.low_bytes) = transform;
    return reader;
}

KeyboardReaderSettings read_keyboard_keys(Section& section, ReaderPlace place) {
    static const std::string digits = "0123456789";
    static const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    KeyboardReaderSettings reader;
    reader.numbers = place == ReaderPlace::inside;
    if (section.text("device", reader.device, input_device_form, Need::required)) {
        section.claim(fmt::format("two readers on one device, {}", quoted(reader.device)), "device");
    }
    section.choice<std::string>("charset", reader.characters,
                                {{"digits", digits},
                                 {"hex", digits + "ABCDEFabcdef"},
                                 {"alphanumeric", digits + letters},
                                 {"printable", digits + letters + " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}});
    constexpr std::uint8_t most = 64;  // bytes of a credential
    const bool least_good = section.whole<std::uint8_t>("min_length", reader.min_length, 4, most);
    const bool most_good = section.whole<std::uint8_t>("max_length", reader.max_length, 4, most);
    if (least_good && most_good && reader.min_length > reader.max_length) {
        section.error("min_length",
                      fmt::format("min_length {} is more than max_length {}", reader.min_length, reader.max_length),
                      "make max_length as long as the longest text");
    }
    return reader;
}

void read_reader(Section& section, ReaderConfig& reader, ReaderHardware& hardware, const StationConfig& station) {
    if (section.text("name", reader.name, name_form, Need::required)) section.claim_name("reader", reader.name);
    read_where(section, reader, station);
    ReaderType type = ReaderType::none;
    section.choice<ReaderType>("type", type,
                               {{"id-card", ReaderType::id_card},
                                {"wiegand", ReaderType::wiegand},
                                {"contactless", ReaderType::contactless},
                                {"keyboard", ReaderType::keyboard}},
                               Need::required);
    if (type == ReaderType::id_card) hardware.reader = read_id_card_keys(section);
    if (type == ReaderType::wiegand) hardware.reader = read_wiegand_keys(section);
    if (type == ReaderType::contactless) hardware.reader = read_contactless_keys(section);
    if (type == ReaderType::keyboard) hardware.reader = read_keyboard_keys(section, reader.place);
    hardware.green = read_output(section, "green");
    hardware.red = read_output(section, "red");
    hardware.buzzer = read_output(section, "buzzer");
    // Which keys belong here depends on the type: without it every one of them would be called unknown.
    if (type != ReaderType::none) section.finish();
}

}  // namespace

void read_readers(Section& file, Settings& settings) {
    for (Section& section : file.sections("reader", max_readers)) {
        read_reader(section, settings.station.readers.emplace_back(), settings.readers.emplace_back(),
                    settings.station);
    }
}

}  // namespace yizhan
