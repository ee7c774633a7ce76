// Serial lines: a UART of the board, or an adapter behind USB.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "drivers/ports/byte_port.h"
#include "drivers/ports/device_file.h"

namespace yizhan {

// One line without handshake. Nobody else can read along: it is locked against other programs for as long as it is
// open. Unplugged and plugged in again, it goes on. Loop thread only.
class SerialPort final : public BytePort, private DeviceFileUser {
 public:
    static constexpr std::size_t longest_request = 64;  // bytes; more is a programmer error

    // The loop outlives it.
    SerialPort(SdEventLoop& loop, const std::string& device, SerialLine line);

    void start(BytePortListener& listener) override;
    Result<void> send(std::span<const std::byte> request) override;
    // Closes the line, which drops DTR, and opens it a second later.
    void reset() override;

 private:
    void on_opened(Now now) override;
    void on_absent(std::string_view why, Now now) override;
    void on_ready(std::uint32_t ready, Now now) override;

    void read(bool hung_up, Now now);
    Result<void> write();

    const std::string device_;
    DeviceFile file_;
    BytePortListener* listener_ = nullptr;
    std::array<std::byte, longest_request> out_{};  // the request that has not wholly left
    std::size_t out_size_ = 0;
    std::size_t out_gone_ = 0;
};

class SerialPorts final : public BytePorts {
 public:
    // The loop outlives the ports.
    explicit SerialPorts(SdEventLoop& loop) : loop_(loop) {}
    Result<std::unique_ptr<BytePort>> open(const std::string& name, SerialLine line) override;

 private:
    SdEventLoop& loop_;
};

}  // namespace yizhan
