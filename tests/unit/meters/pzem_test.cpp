#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "drivers/meters/pzem_meter.h"
#include "drivers/simulated/modbus.h"
#include "tests/unit/meters/bench.h"

namespace yizhan::testing {
namespace {

constexpr std::uint8_t address = 1;

class PzemBench : public MeterBench {
 public:
    explicit PzemBench(std::uint32_t watt_hours = 0, milliseconds poll = milliseconds{500}) {
        wire.connect(address, simulated::pzem(load, watt_hours));
        bus = wire.open();
        meter = std::make_unique<PzemMeter>(*bus, address, poll);
        meter->start(this, now);
        join(load);
        join(wire);
        join(*meter);
        load.plug(66'000);
        switch_relay(true);
        run(seconds{1});
    }
    ~PzemBench() override { bus.reset(); }
    simulated::ModbusWire wire;
    std::unique_ptr<ModbusBus> bus;
    std::unique_ptr<PzemMeter> meter;
};

// The answer of the data sheet's example, as libmodbus gives it.
TEST(Pzem, ReadsWhatTheDataSheetSays) {
    PzemBench bench;
    bench.wire.connect(address, [](const ModbusQuestion&) -> std::optional<std::vector<std::uint16_t>> {
        return std::vector<std::uint16_t>{0x08FC, 0x01F4, 0, 0x044C, 0, 0x04D2, 0, 0x01F4, 0x0060, 0};
    });
    bench.run(seconds{1});
    EXPECT_EQ(bench.meter->latest()->millivolts, 230'000U);
    EXPECT_EQ(bench.meter->latest()->milliamps, 500U);
    EXPECT_EQ(bench.meter->latest()->milliwatts, 110'000U);
}

TEST(Pzem, UpperHalvesCount) {
    PzemBench bench;
    bench.wire.connect(address, [](const ModbusQuestion&) -> std::optional<std::vector<std::uint16_t>> {
        return std::vector<std::uint16_t>{2300, 1, 1, 2, 1, 0, 0, 500, 100, 0};
    });
    bench.run(seconds{1});
    EXPECT_EQ(bench.meter->latest()->milliamps, 65'537U);
    EXPECT_EQ(bench.meter->latest()->milliwatts, 6'553'800U);
}

TEST(Pzem, IsAskedAsOftenAsTheSettingsSay) {
    PzemBench bench;
    const auto before = bench.readings.size();
    bench.run(seconds{10});
    EXPECT_EQ(bench.readings.size() - before, 20U);
    EXPECT_EQ(bench.readings.back().milliwatts, 66'000U);
    EXPECT_EQ(bench.readings.back().milliamps, 300U);
}

TEST(Pzem, CountsEnergyFromWhereItStandsAcrossTheEndOfItsCounter) {
    for (const std::uint32_t start : {0U, 4'711U, 9'999'999U, 9'999'950U}) {
        PzemBench bench(start);
        bench.run(std::chrono::hours{2});
        EXPECT_NEAR(static_cast<double>(bench.readings.back().milliwatt_hours), 132'000, 1'100) << start;
    }
}

TEST(Pzem, ACounterThatBeganAnewAddsNothing) {
    PzemBench bench(5'000'000);
    bench.run(minutes{60});
    const auto before = bench.readings.back().milliwatt_hours;
    bench.wire.connect(address, simulated::pzem(bench.load, 0));
    bench.load.unplug();
    bench.run(seconds{10});
    EXPECT_EQ(bench.readings.back().milliwatt_hours, before);
}

TEST(Pzem, OneThatDoesNotAnswerIsNamedAndWelcomeBack) {
    PzemBench bench;
    bench.wire.silence(address, true);
    bench.run(RegisterPoll::patience - seconds{1});
    EXPECT_EQ(bench.meter->status().verdict, "");
    bench.run(seconds{2});
    EXPECT_EQ(bench.meter->status().verdict, "does not answer at address 1: no answer");
    EXPECT_NE(bench.meter->status().cure, "");
    EXPECT_GT(bench.meter->status().timeouts, 5U);
    bench.wire.silence(address, false);
    const auto before = bench.readings.size();
    bench.run(seconds{1});
    EXPECT_GT(bench.readings.size(), before);
    EXPECT_EQ(bench.meter->status().verdict, "");
}

TEST(Pzem, AWrongAnswerCostsOneReading) {
    PzemBench bench;
    bench.wire.garble(address, 3);
    const auto before = bench.readings.size();
    bench.run(seconds{10});
    EXPECT_EQ(bench.readings.size() - before, 17U);
    EXPECT_EQ(bench.meter->status().bad_frames, 3U);
}

TEST(Pzem, ALineThatIsGoneIsNamed) {
    PzemBench bench;
    bench.wire.cut(true);
    bench.run(seconds{10});
    EXPECT_EQ(bench.meter->status().verdict, "does not answer at address 1: there is no line");
}

// Each waits for its turn; none asks twice at once.
TEST(Pzem, SeveralShareALine) {
    PzemBench bench;
    bench.wire.connect(2, simulated::pzem(bench.load));
    PzemMeter second(*bench.bus, 2, milliseconds{500});
    PzemMeter absent(*bench.bus, 3, milliseconds{500});
    second.start(&bench, bench.now);
    absent.start(&bench, bench.now);
    bench.join(second);
    bench.join(absent);
    bench.run(seconds{10});
    EXPECT_GE(second.status().readings, 18U);
    EXPECT_GE(bench.meter->status().readings, 18U);
    EXPECT_EQ(absent.status().readings, 0U);
    bench.bus.reset();
}

}  // namespace
}  // namespace yizhan::testing
