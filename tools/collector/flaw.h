#pragma once

#include <cstdint>
#include <string_view>

namespace yizhan::collector {

// What is wrong with a feed, by its name in the table `flaw`.
enum class Flaw : std::uint8_t {
    fork,  // a record came again with another content: the station's log was put back to an older one, or changed
    checkpoint_differs,  // the station has signed something else than it sent
    key_changed,  // signed with another key than the one the station had at first
    new_epoch,  // the station has begun another log: its disk was replaced, or somebody took the old one away
    not_signed,  // the signature of a checkpoint is wrong
    late,  // a record that counts as missing came after all; it is in `fork`
    missing,  // records from here on: the station has them no more, and this database never had them
    not_sent,  // records from here on: the station passes over them, though its log should have them
};
std::string_view name_of(Flaw flaw);

}  // namespace yizhan::collector
