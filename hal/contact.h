#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hal/event_loop.h"
#include "hal/time.h"

namespace yizhan {

class Contact;

class ContactListener {
 public:
    virtual ~ContactListener() = default;
    // `active`: none where the level cannot be read, which is neither. `now` is the loop's; the change itself may be
    // some milliseconds older (debounce).
    virtual void on_contact(Contact& contact, std::optional<bool> active, Now now) = 0;
};

struct ContactStatus {
    bool active = false;
    bool known = false;  // false while its level cannot be read
    std::uint64_t changes = 0;  // after debounce
    std::uint64_t bounces = 0;  // edges that debounce swallowed
    std::uint64_t gaps = 0;  // edges the kernel dropped: the level was read again
    std::optional<std::int32_t> millicelsius;  // where a temperature makes it
    std::string verdict;  // plain words where something is wrong
};

// A debounced yes/no input: door contact (active = open), exit button (pressed), fire (burning), tamper (opened),
// presence (somebody moves). Reports its level once when started, then every change; that it is unknown as well.
// Loop thread only.
class Contact : public LoopMember {
 public:
    virtual void start(ContactListener& listener, Now now) = 0;
    virtual ContactStatus status() const = 0;
};

}  // namespace yizhan
