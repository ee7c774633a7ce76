#include "drivers/meters/modbus_thermometer.h"

namespace yizhan {

ModbusThermometer::ModbusThermometer(ModbusBus& bus, ModbusTable table, std::uint8_t address, std::uint16_t at,
                                     milliseconds poll)
    : poll_(bus, {.table = table, .address = address, .first = at, .count = 1}, poll, *this) {}

void ModbusThermometer::start(ThermometerListener& listener, Now now) {
    listener_ = &listener;
    poll_.start(now);
}

void ModbusThermometer::on_answer(std::span<const std::uint16_t> registers, Now now) {
    const std::int32_t millicelsius = static_cast<std::int16_t>(registers[0]) * 100;
    has_sensor_ = millicelsius >= coldest && millicelsius <= hottest;
    if (!has_sensor_) return;
    latest_ = Temperature{millicelsius, now.mono};
    ++readings_;
    listener_->on_temperature(*this, *latest_, now);
}

MeterStatus ModbusThermometer::status() const {
    MeterStatus status = poll_.status();
    status.readings = readings_;
    if (status.verdict.empty() && !has_sensor_) {
        status.verdict = "has no sensor, or a broken one";
        status.cure = "check the sensor's cable and the register in the settings";
    }
    return status;
}

}  // namespace yizhan
