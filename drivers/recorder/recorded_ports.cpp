#include "drivers/recorder/recorded_ports.h"

#include <array>
#include <utility>

namespace yizhan {
namespace {

using What = Recorder::What;

std::array<std::byte, 1> level_byte(bool high) { return {static_cast<std::byte>(high)}; }

class RecordedOutput final : public OutputLine {
 public:
    RecordedOutput(std::unique_ptr<OutputLine> line, Recorder& recorder, Recorder::Source source, bool high)
        : line_(std::move(line)), recorder_(recorder), source_(source), high_(high) {}

    Result<void> set(bool high) override {
        auto done = line_->set(high);
        // Locks and outlets are written again every second: a change is news.
        if (done && std::exchange(high_, high) != high) recorder_.note(source_, What::set, level_byte(high));
        return done;
    }

 private:
    std::unique_ptr<OutputLine> line_;
    Recorder& recorder_;
    const Recorder::Source source_;
    bool high_;  // taken last
};

class RecordedInputs final : public InputLines, private EdgeListener {
 public:
    RecordedInputs(std::unique_ptr<InputLines> lines, Recorder& recorder, Recorder::Source source, std::size_t count)
        : lines_(std::move(lines)),
          recorder_(recorder),
          source_(source),
          lines_mask_(~std::uint64_t{0} >> (64 - count)) {}

    void start(EdgeListener& listener) override {
        listener_ = &listener;
        lines_->start(*this);
    }
    Result<std::uint64_t> levels() const override {
        auto levels = lines_->levels();
        if (levels) recorder_.note(source_, What::level, level_byte((*levels & lines_mask_) != 0));
        return levels;
    }

 private:
    void on_edges(std::span<const Edge> edges, Now now) override {
        recorder_.note(source_, What::edges, std::as_bytes(edges), now.mono);
        listener_->on_edges(edges, now);
    }
    void on_lost(Now now) override { listener_->on_lost(now); }

    std::unique_ptr<InputLines> lines_;
    Recorder& recorder_;
    const Recorder::Source source_;
    const std::uint64_t lines_mask_;
    EdgeListener* listener_ = nullptr;
};

}  // namespace

void RecordedBytePort::start(BytePortListener& listener) {
    listener_ = &listener;
    port_->start(*this);
}

Result<void> RecordedBytePort::send(std::span<const std::byte> request) {
    auto sent = port_->send(request);
    if (sent) recorder_.note(source_, What::sent, request);
    return sent;
}

void RecordedBytePort::reset() {
    recorder_.note(source_, What::reset);
    port_->reset();
}

void RecordedBytePort::on_attached(Now now) {
    recorder_.note(source_, What::attached, {}, now.mono);
    listener_->on_attached(now);
}

void RecordedBytePort::on_detached(std::string_view why, Now now) {
    recorder_.note(source_, What::detached, std::as_bytes(std::span(why)), now.mono);
    listener_->on_detached(why, now);
}

void RecordedBytePort::on_bytes(std::span<const std::byte> bytes, Now now) {
    recorder_.note(source_, What::got, bytes, now.mono);
    listener_->on_bytes(bytes, now);
}

Result<std::unique_ptr<BytePort>> RecordedBytePorts::open(const std::string& name, SerialLine line) {
    auto port = ports_.open(name, line);
    if (!port) return port;
    return std::make_unique<RecordedBytePort>(std::move(*port), recorder_, name);
}

Result<std::unique_ptr<OutputLine>> RecordedGpio::request_output(const LineName& name, bool high) {
    auto line = gpio_.request_output(name, high);
    if (!line) return line;
    const auto source = recorder_.add(name.chip + ":" + name.line, Recorder::Kind::output);
    recorder_.note(source, What::set, level_byte(high));
    return std::make_unique<RecordedOutput>(std::move(*line), recorder_, source, high);
}

Result<std::unique_ptr<InputLines>> RecordedGpio::request_inputs(std::span<const LineName> names, EdgeKind edges,
                                                                 Bias bias, std::uint16_t buffer) {
    auto lines = gpio_.request_inputs(names, edges, bias, buffer);
    if (!lines) return lines;
    std::string all;
    for (const LineName& name : names) all += (all.empty() ? "" : " ") + name.chip + ":" + name.line;
    const auto source = recorder_.add(all, names.size() == 1 ? Recorder::Kind::line : Recorder::Kind::card_lines);
    return std::make_unique<RecordedInputs>(std::move(*lines), recorder_, source, names.size());
}

}  // namespace yizhan
