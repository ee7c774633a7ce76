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
    void ask(const ModbusQuestion& question, ModbusListener& listener) override {
        YZ_CHECK(question.count > 0 && question.count <= most_registers);
        // Due as soon as the line is free; how long it takes shows when its turn comes.
        wire_.questions_.push_back({question, &listener, Mono::min()});
    }

 private:
    ModbusWire& wire_;
};

ModbusWire::~ModbusWire() = default;

std::unique_ptr<ModbusBus> ModbusWire::open() { return std::make_unique<Plug>(*this); }

void ModbusWire::silence(std::uint8_t address, bool silent) { silent_[address] = silent; }

bool ModbusWire::is_silent(std::uint8_t address) const {
    const auto found = silent_.find(address);
    return found != silent_.end() && found->second;
}

void ModbusWire::advance(Now now) {
    if (questions_.empty() || now.mono < questions_.front().due) return;
    if (questions_.front().due == Mono::min()) {
        const std::uint8_t address = questions_.front().question.address;
        const bool heard = !cut_ && devices_.contains(address) && !silent_[address];
        questions_.front().due = now.mono + (cut_ ? milliseconds{1} : heard ? answer_takes : time_out);
        return;
    }
    const Waiting waiting = questions_.front();
    questions_.pop_front();
    answer(waiting, now);
}

void ModbusWire::answer(const Waiting& waiting, Now now) {
    const std::uint8_t address = waiting.question.address;
    if (cut_) return waiting.listener->on_failed(ModbusFailure::no_line, "there is no line", now);
    const auto device = devices_.find(address);
    if (device == devices_.end() || silent_[address]) {
        return waiting.listener->on_failed(ModbusFailure::silent, "no answer", now);
    }
    if (garbled_[address] > 0) {
        --garbled_[address];
        return waiting.listener->on_failed(ModbusFailure::garbled, "wrong checksum", now);
    }
    const auto registers = device->second(waiting.question);
    if (!registers) return waiting.listener->on_failed(ModbusFailure::refused, "illegal data address", now);
    waiting.listener->on_registers(*registers, now);
}

ModbusWire::Device pzem(const Load& load, std::uint32_t watt_hours) {
    return [&load, watt_hours](const ModbusQuestion& asked) -> std::optional<std::vector<std::uint16_t>> {
        constexpr std::size_t known = 10;
        constexpr std::uint64_t microjoules_per_watt_hour = 3'600'000'000;
        constexpr std::uint32_t full = 10'000'000;  // Wh
        if (asked.table != ModbusTable::input || asked.first + asked.count > known) return std::nullopt;
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
        const auto begin = all.begin() + asked.first;
        return std::vector<std::uint16_t>(begin, begin + static_cast<std::ptrdiff_t>(asked.count));
    };
}

ModbusWire::Device thermometers(const std::map<std::uint16_t, std::int16_t>& tenths) {
    return [&tenths](const ModbusQuestion& asked) -> std::optional<std::vector<std::uint16_t>> {
        constexpr std::uint16_t no_sensor = 0x8000;
        std::vector<std::uint16_t> answer;
        for (std::size_t i = 0; i < asked.count; ++i) {
            const auto found = tenths.find(static_cast<std::uint16_t>(asked.first + i));
            answer.push_back(found == tenths.end() ? no_sensor : static_cast<std::uint16_t>(found->second));
        }
        return answer;
    };
}

}  // namespace yizhan::simulated
