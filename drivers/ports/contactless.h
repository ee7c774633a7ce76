// The seam to contactless readers that only tell a card's UID. Two implementations: drivers/ports/pcsc (libpcsclite)
// and drivers/simulated/contactless.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "hal/error.h"
#include "hal/time.h"

namespace yizhan {

inline constexpr std::size_t longest_uid = 10;  // bytes (ISO 14443-3, triple size)

class ContactlessListener {
 public:
    virtual ~ContactlessListener() = default;
    virtual void on_attached(Now now) = 0;
    // The reader is gone, or could not be found; `why` for maintenance. on_attached follows when it is back. A card
    // that lay there was removed before, and comes anew if it still lies there then.
    virtual void on_detached(std::string_view why, Now now) = 0;
    // A card came; as the reader tells it, at most longest_uid bytes, valid during the call only. Empty: there is a
    // card, and it did not tell a UID. Of cards that come faster than the loop turns, the newest.
    virtual void on_card(std::span<const std::byte> uid, Now now) = 0;
    // Once after each on_card.
    virtual void on_removed(Now now) = 0;
};

// Loop thread only; nothing waits.
class ContactlessPort {
 public:
    virtual ~ContactlessPort() = default;
    // Once. Never calls the listener from inside.
    virtual void start(ContactlessListener& listener) = 0;
    // The attached reader's whole name, for maintenance. Empty: nothing, or it cannot be told.
    virtual std::string identity() const { return {}; }
};

class ContactlessPorts {
 public:
    virtual ~ContactlessPorts() = default;
    // `name`: "pcsc:" and the reader's name or a part of it. A reader that is not there yet is no error: the port tells
    // when it comes.
    virtual Result<std::unique_ptr<ContactlessPort>> open_contactless(const std::string& name) = 0;
};

}  // namespace yizhan
