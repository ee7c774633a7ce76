// A loop, the real USB port and a program that is the readers at its other end.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "drivers/id_card_reader/id_card_reader.h"
#include "drivers/ports/event_loop.h"
#include "drivers/ports/unique_fd.h"
#include "drivers/ports/usb/usb_ports.h"
#include "tests/unit/id_card_reader/bench.h"

namespace yizhan {

// usb_reader as a child.
class UsbReaderProgram {
 public:
    UsbReaderProgram();
    UsbReaderProgram(const UsbReaderProgram&) = delete;
    UsbReaderProgram& operator=(const UsbReaderProgram&) = delete;
    ~UsbReaderProgram();
    // Its answer, "ok" or not.
    nlohmann::json try_to(const nlohmann::json& command);
    // It has to be ok.
    nlohmann::json tell(const nlohmann::json& command);
    std::uint64_t count(const char* what, int reader = 0) {
        return tell({{"cmd", "status"}, {"reader", reader}})[what];
    }

 private:
    int pid_ = -1;
    UniqueFd commands_;
    UniqueFd answers_;
    std::string received_;
};

// The command that plugs a reader in, quick unless told otherwise.
nlohmann::json plug(const nlohmann::json& with = nlohmann::json::object());

// What a port says.
struct PortNotes : BytePortListener {
    std::string words;  // attached, detached
    std::string why;
    std::vector<std::byte> bytes;
    void on_attached(Now) override { words += "attached "; }
    void on_detached(std::string_view reason, Now) override {
        words += "detached ";
        why = reason;
    }
    void on_bytes(std::span<const std::byte> more, Now) override {
        bytes.insert(bytes.end(), more.begin(), more.end());
    }
};

class UsbBench {
 public:
    static constexpr milliseconds patience{20'000};

    UsbBench();

    // Turns until it is so; false if it does not come to that.
    bool until(const std::function<bool()>& condition, milliseconds longest = patience);
    void run(milliseconds duration) {
        until([] { return false; }, duration);
    }
    std::unique_ptr<BytePort> open(const std::string& path);

    UsbReaderProgram program;
    SdEventLoop loop{ClockPolicy::always};
    std::unique_ptr<UsbPorts> ports;
};

// The driver behind a port.
class UsbDriver {
 public:
    UsbDriver(UsbBench& bench, const std::string& path);
    UsbDriver(const UsbDriver&) = delete;
    UsbDriver& operator=(const UsbDriver&) = delete;
    ~UsbDriver() { bench_.loop.leave(reader); }

    bool becomes(ReaderHealth health) {
        return bench_.until([&] { return reader.status().health == health; });
    }
    // Puts a card there, expects that it is read, and takes it away.
    bool reads(unsigned person, int reader_number = 0);
    bool has_read(const simulated::SimulatedCard& card) const;
    std::size_t cards() const { return reader.status().cards; }

 private:
    UsbBench& bench_;
    std::unique_ptr<BytePort> port_;

 public:
    Reports reports;
    IdCardReader reader;
};

}  // namespace yizhan
