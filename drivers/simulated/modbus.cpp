#include "drivers/simulated/modbus.h"

#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {

// What a program holds while it has the line open.
class ModbusWire::Plug final : public ModbusBus {
 public:
    explicit Plug(ModbusWire& wire) : wire_(wire) {
        YZ_CHECK(!wire_.opened_);
        wire_.opened_ = true;
    }
    ~Plug() override {
        wire_.questions_.clear();
        wire_.opened_ = false;
    }
    void read_input_registers(std::uint8_t address, std::uint16_t first, std::size_t count,
                              ModbusListener& listener) override {
        YZ_CHECK(count > 0 && count <= most_registers);
        // Due as soon as the line is free; how long it takes shows when its turn comes.
        wire_.questions_.push_back({address, first, count, &listener, Mono::min()});
    }

 private:
    ModbusWire& wire_;
};

ModbusWire::~ModbusWire() = default;

std::unique_ptr<ModbusBus> ModbusWire::open() { return std::make_unique<Plug>(*this); }

void ModbusWire::silence(std::uint8_t address, bool silent) { silent_[address] = silent; }

void ModbusWire::advance(Now now) {
    if (questions_.empty() || now.mono < questions_.front().due) return;
    if (questions_.front().due == Mono::min()) {
        const bool heard =
            !cut_ && devices_.contains(questions_.front().address) && !silent_[questions_.front().address];
        questions_.front().due = now.mono + (cut_ ? milliseconds{1} : heard ? answer_takes : time_out);
        return;
    }
    const Question question = questions_.front();
    questions_.pop_front();
    answer(question, now);
}

void ModbusWire::answer(const Question& question, Now now) {
    if (cut_) return question.listener->on_failed(ModbusFailure::no_line, "there is no line", now);
    const auto device = devices_.find(question.address);
    if (device == devices_.end() || silent_[question.address]) {
        return question.listener->on_failed(ModbusFailure::silent, "no answer", now);
    }
    if (garbled_[question.address] > 0) {
        --garbled_[question.address];
        return question.listener->on_failed(ModbusFailure::garbled, "wrong checksum", now);
    }
    const auto registers = device->second(question.first, question.count);
    if (!registers) return question.listener->on_failed(ModbusFailure::refused, "illegal data address", now);
    question.listener->on_registers(*registers, now);
}

ModbusWire::Device pzem(const Load& load, std::uint32_t watt_hours) {
    return [&load, watt_hours](std::uint16_t first, std::size_t count) -> std::optional<std::vector<std::uint16_t>> {
        constexpr std::size_t known = 10;
        constexpr std::uint64_t microjoules_per_watt_hour = 3'600'000'000;
        constexpr std::uint32_t full = 10'000'000;  // Wh
        if (first + count > known) return std::nullopt;
        const Draw draw = load.draw();
        const auto lower = [](std::uint32_t value) { return static_cast<std::uint16_t>(value & 0xFFFFU); };
        const auto upper = [](std::uint32_t value) { return static_cast<std::uint16_t>(value >> 16U); };
        const std::uint32_t power = draw.milliwatts / 100;
        const auto energy =
            static_cast<std::uint32_t>((draw.microjoules / microjoules_per_watt_hour + watt_hours) % full);
        const std::vector<std::uint16_t> all{lower(draw.millivolts / 100),
                                             lower(draw.milliamps),
                                             upper(draw.milliamps),
                                             lower(power),
                                             upper(power),
                                             lower(energy),
                                             upper(energy),
                                             500,
                                             100,
                                             0};
        const auto begin = all.begin() + first;
        return std::vector<std::uint16_t>(begin, begin + static_cast<std::ptrdiff_t>(count));
    };
}

}  // namespace yizhan::simulated
