// Ports that let everything pass and have it written down.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "drivers/ports/byte_port.h"
#include "drivers/ports/gpio.h"
#include "drivers/recorder/recorder.h"

namespace yizhan {

class RecordedBytePort final : public BytePort, private BytePortListener {
 public:
    // The recorder outlives it.
    RecordedBytePort(std::unique_ptr<BytePort> port, Recorder& recorder, const std::string& name)
        : recorder_(recorder), source_(recorder.add(name, Recorder::Kind::bytes)), port_(std::move(port)) {}

    void start(BytePortListener& listener) override;
    Result<void> send(std::span<const std::byte> request) override;
    void reset() override;
    std::string identity() const override { return port_->identity(); }

 private:
    void on_attached(Now now) override;
    void on_detached(std::string_view why, Now now) override;
    void on_bytes(std::span<const std::byte> bytes, Now now) override;

    Recorder& recorder_;
    const Recorder::Source source_;
    std::unique_ptr<BytePort> port_;
    BytePortListener* listener_ = nullptr;
};

class RecordedBytePorts final : public BytePorts {
 public:
    // Both outlive it and its ports.
    RecordedBytePorts(BytePorts& ports, Recorder& recorder) : ports_(ports), recorder_(recorder) {}
    Result<std::unique_ptr<BytePort>> open(const std::string& name, SerialLine line) override;

 private:
    BytePorts& ports_;
    Recorder& recorder_;
};

// A request of several input lines is taken for a card reader's: see card_edges.h.
class RecordedGpio final : public GpioPort {
 public:
    // Both outlive it and its lines.
    RecordedGpio(GpioPort& gpio, Recorder& recorder) : gpio_(gpio), recorder_(recorder) {}
    Result<std::unique_ptr<OutputLine>> request_output(const LineName& name, bool high) override;
    Result<std::unique_ptr<InputLines>> request_inputs(std::span<const LineName> names, EdgeKind edges, Bias bias,
                                                       std::uint16_t buffer) override;

 private:
    GpioPort& gpio_;
    Recorder& recorder_;
};

}  // namespace yizhan
