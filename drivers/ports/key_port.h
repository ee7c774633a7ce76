// The seam to whatever types: keyboard-style card readers and QR scanners. Two implementations: drivers/ports/keyboard
// (evdev) and drivers/simulated/keyboard.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "hal/error.h"
#include "hal/time.h"

namespace yizhan {

// What was typed is handed over as text: characters of a US keyboard from ' ' to '~', and
inline constexpr char key_enter = '\n';
// for a key that types nothing of these, and where keys were lost: nobody knows what stood here.
inline constexpr char key_unknown = '\x1A';

class KeyPortListener {
 public:
    virtual ~KeyPortListener() = default;
    virtual void on_attached(Now now) = 0;
    // The device is gone, or could not be opened; `why` for maintenance. on_attached follows when it is back.
    virtual void on_detached(std::string_view why, Now now) = 0;
    // In any split. May be a card's number: valid during the call only, wiped by the port.
    virtual void on_typed(std::string_view text, Now now) = 0;
};

// What is typed there reaches nobody but the listener, from on_attached to on_detached. Loop thread only.
class KeyPort {
 public:
    virtual ~KeyPort() = default;
    // Once. Never calls the listener from inside.
    virtual void start(KeyPortListener& listener) = 0;
    // The attached device's own name, for maintenance. Empty: nothing, or it cannot be told.
    virtual std::string identity() const { return {}; }
};

class KeyPorts {
 public:
    virtual ~KeyPorts() = default;
    // `device`: a file below /dev/input. One that is not there yet is no error: the port tells when it comes.
    virtual Result<std::unique_ptr<KeyPort>> open_keyboard(const std::string& device) = 0;
};

}  // namespace yizhan
