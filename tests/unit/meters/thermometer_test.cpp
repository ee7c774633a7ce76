#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "drivers/meters/modbus_thermometer.h"
#include "drivers/simulated/modbus.h"
#include "tests/unit/meters/bench.h"

namespace yizhan::testing {
namespace {

constexpr std::uint8_t module_address = 7;

class ThermometerBench : public MeterBench, private ThermometerListener {
 public:
    explicit ThermometerBench(std::uint16_t at = 0) {
        wire.connect(module_address, simulated::thermometers(tenths));
        bus = wire.open();
        thermometer =
            std::make_unique<ModbusThermometer>(*bus, ModbusTable::holding, module_address, at, milliseconds{500});
        thermometer->start(*this, now);
        join(wire);
        join(*thermometer);
    }
    ~ThermometerBench() override { bus.reset(); }
    std::map<std::uint16_t, std::int16_t> tenths{{0, 236}, {3, -105}};
    simulated::ModbusWire wire;
    std::unique_ptr<ModbusBus> bus;
    std::unique_ptr<ModbusThermometer> thermometer;
    std::vector<std::int32_t> told;

 private:
    void on_temperature(Thermometer&, const Temperature& temperature, Now) override {
        told.push_back(temperature.millicelsius);
    }
};

TEST(ModbusThermometer, TellsTenthsOfADegreeWithTheirSign) {
    ThermometerBench bench;
    bench.run(seconds{1});
    EXPECT_EQ(bench.told.back(), 23'600);
    ThermometerBench other(3);
    other.run(seconds{1});
    EXPECT_EQ(other.told.back(), -10'500);
}

TEST(ModbusThermometer, TellsTheEndsOfWhatASensorMeasuresAndNothingBeyond) {
    for (const int value : {-551, -550, 1500, 1501}) {
        ThermometerBench bench;
        bench.tenths[0] = static_cast<std::int16_t>(value);
        bench.run(seconds{1});
        EXPECT_EQ(bench.told.empty(), value == -551 || value == 1501) << value;
    }
}

TEST(ModbusThermometer, SaysThatNoSensorIsThereAndRecovers) {
    ThermometerBench bench;
    bench.tenths.erase(0);
    bench.run(seconds{2});
    EXPECT_TRUE(bench.told.empty());
    EXPECT_FALSE(bench.thermometer->latest());
    EXPECT_EQ(bench.thermometer->status().verdict, "has no sensor, or a broken one");
    bench.tenths[0] = 200;
    bench.run(seconds{1});
    EXPECT_EQ(bench.thermometer->latest()->millicelsius, 20'000);
    EXPECT_EQ(bench.thermometer->status().verdict, "");
}

TEST(ModbusThermometer, SaysThatTheModuleDoesNotAnswer) {
    ThermometerBench bench;
    bench.wire.silence(module_address, true);
    bench.run(RegisterPoll::patience + seconds{1});
    EXPECT_EQ(bench.thermometer->status().verdict, "does not answer at address 7: no answer");
    EXPECT_GT(bench.thermometer->status().timeouts, 5U);
}

}  // namespace
}  // namespace yizhan::testing
