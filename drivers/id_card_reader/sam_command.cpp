#include "drivers/id_card_reader/sam_command.h"

#include <fmt/format.h>

#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::size_t sam_id_size = 16;
constexpr std::size_t find_data_size = 4;
constexpr std::size_t select_data_size = 8;
constexpr std::size_t address_size = 70;
constexpr std::size_t most_addresses = 4;
constexpr std::size_t read_header_size = 4;  // length of text, length of photo

std::size_t big_endian_word(std::span<const std::byte> bytes, std::size_t at) {
    return std::to_integer<std::size_t>(bytes[at]) << 8 | std::to_integer<std::size_t>(bytes[at + 1]);
}

std::uint32_t little_endian(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
    return value;
}

// Select, read and what follows may fail with these; find only with the last two of the kind.
bool is_card_status(std::uint8_t status) {
    switch (status) {
        case 0x31:
        case 0x32:
        case 0x33:
        case 0x37:
        case 0x3F:
        case 0x40:
        case 0x41:
        case 0x47:
        case 0x81:
            return true;
        default:
            return false;
    }
}

bool data_fits(SamCommand command, const SamReply& reply) {
    const std::size_t size = reply.data.size();
    switch (command) {
        case SamCommand::reset:
            return size == 0;
        case SamCommand::sam_id:
            return size == sam_id_size;
        case SamCommand::find:
            return size == find_data_size;
        case SamCommand::select:
            return size == select_data_size;
        case SamCommand::read:
            return !text_of_read(reply).empty();
        case SamCommand::presence:
            return size > 0 && size % address_size == 0 && size <= most_addresses * address_size;
    }
    return false;
}

}  // namespace

SamExchange exchange_of(SamCommand command) {
    // The time-outs are above what drivers in the field wait: 0.2–0.8 s to find, 0.3–1.5 s to select, 1.1–2 s to read.
    switch (command) {
        case SamCommand::reset:
            return {sam_request(0x10, 0xFF), milliseconds{1500}};
        case SamCommand::sam_id:
            return {sam_request(0x12, 0xFF), milliseconds{250}};
        case SamCommand::find:
            return {sam_request(0x20, 0x01), milliseconds{1000}};
        case SamCommand::select:
            return {sam_request(0x20, 0x02), milliseconds{1500}};
        case SamCommand::read:
            return {sam_request(0x30, 0x01), milliseconds{3000}};
        case SamCommand::presence:
            return {sam_request(0x30, 0x03), milliseconds{1500}};
    }
    YZ_CHECK(false);
}

SamTrouble trouble_of(std::uint8_t status) {
    switch (status) {
        case sam_status::success:
        case sam_status::found:
        case sam_status::no_card:
        case sam_status::not_on_card:
            return SamTrouble::none;
        case 0x10:
        case 0x11:
            return SamTrouble::request_lost;
        case 0x21:
        case 0x23:
        case 0x24:
            return SamTrouble::unsupported;
        case 0x60:
        case 0x66:
            return SamTrouble::cannot_work;
        default:
            return SamTrouble::card;
    }
}

bool answers(SamCommand command, const SamReply& reply) {
    const std::uint8_t good = command == SamCommand::find ? sam_status::found : sam_status::success;
    if (reply.status == good) return data_fits(command, reply);
    if (!reply.data.empty()) return false;
    switch (trouble_of(reply.status)) {
        case SamTrouble::request_lost:
        case SamTrouble::unsupported:
        case SamTrouble::cannot_work:
            return true;
        case SamTrouble::none:
            return (command == SamCommand::find && reply.status == sam_status::no_card) ||
                   (command == SamCommand::presence && reply.status != sam_status::found);
        case SamTrouble::card:
            if (command == SamCommand::find) return reply.status == 0x40 || reply.status == 0x41;
            return command != SamCommand::reset && command != SamCommand::sam_id && is_card_status(reply.status);
    }
    return false;
}

Outcome refusal_of(std::uint8_t status) {
    switch (status) {
        case 0x31:  // card and SAM do not accept each other
        case 0x32:
        case 0x33:
            return Outcome::not_genuine;  // the card's data was altered
        case 0x40:
            return Outcome::not_an_id_card;
        default:
            return Outcome::unreadable;
    }
}

bool wants_reset(std::uint8_t status) { return status == 0x41 || status == 0x47; }

std::string format_sam_id(std::span<const std::byte> id) {
    YZ_CHECK(id.size() == sam_id_size);
    return fmt::format("{:02}.{:02}-{:08}-{:010}-{:010}", little_endian(id, 0, 2), little_endian(id, 2, 2),
                       little_endian(id, 4, 4), little_endian(id, 8, 4), little_endian(id, 12, 4));
}

std::span<const std::byte> text_of_read(const SamReply& reply) {
    const auto data = reply.data;
    if (data.size() < read_header_size) return {};
    const std::size_t text = big_endian_word(data, 0);
    const std::size_t photo = big_endian_word(data, 2);
    if (data.size() != read_header_size + text + photo) return {};
    return data.subspan(read_header_size, text);
}

}  // namespace yizhan
