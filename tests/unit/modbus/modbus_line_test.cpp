// libmodbus on a pseudo-terminal, with a meter at its far end that is made of bytes.
#include "drivers/ports/modbus/modbus_line.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "drivers/meters/pzem_meter.h"
#include "drivers/ports/serial_device.h"
#include "tests/unit/ports/both_loops.h"
#include "tests/unit/ports/temporary_folder.h"
#include "tests/unit/serial/pty.h"

namespace yizhan {
namespace {

using Bytes = std::string;

// CRC-16/Modbus (polynomial A001 reflected, from FFFF), low byte first: written from the standard, not from libmodbus.
Bytes with_crc(Bytes frame) {
    std::uint16_t crc = 0xFFFF;
    for (const char byte : frame) {
        crc ^= static_cast<std::uint8_t>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            const bool low = (crc & 1U) != 0;
            crc = static_cast<std::uint16_t>(crc >> 1U);
            if (low) crc ^= 0xA001U;
        }
    }
    frame += static_cast<char>(crc & 0xFFU);
    frame += static_cast<char>(crc >> 8U);
    return frame;
}

Bytes of_hex(std::string_view text) {
    Bytes bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 3) {
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

// The data sheet's example: 230.0 V, 0.500 A, 110.0 W, 1234 Wh, 50.0 Hz, 0.96.
const Bytes question = of_hex("01 04 00 00 00 0A 70 0D");
const Bytes answer = of_hex("01 04 14 08 FC 01 F4 00 00 04 4C 00 00 04 D2 00 00 01 F4 00 60 00 00 DC 20");

constexpr ModbusQuestion ten_inputs{.table = ModbusTable::input, .address = 1, .first = 0, .count = 10};

// One temperature in a holding register, 23.6 °C: "read holding registers" of the Modbus application
// protocol 1.1b3, 6.3.
constexpr ModbusQuestion one_holding{.table = ModbusTable::holding, .address = 1, .first = 0, .count = 1};
const Bytes question_of_holding = with_crc(of_hex("01 03 00 00 00 01"));
const Bytes answer_of_holding = with_crc(of_hex("01 03 02 00 EC"));

enum class Manner : std::uint8_t {
    right,
    in_pieces,
    silent,
    wrong_crc,
    cut_off,
    another_address,
    exception,
    noise_before,
    late,  // after the question has been given up
};

// Hears questions and answers them on a thread of its own, as a device does.
class MeterAtTheFarEnd {
 public:
    explicit MeterAtTheFarEnd(const Pty& pty) : pty_(pty), thread_([this] { work(); }) {}
    MeterAtTheFarEnd(const MeterAtTheFarEnd&) = delete;
    MeterAtTheFarEnd& operator=(const MeterAtTheFarEnd&) = delete;
    ~MeterAtTheFarEnd() {
        stop_ = true;
        thread_.join();
    }
    std::atomic<Manner> manner = Manner::right;
    std::atomic<int> questions = 0;

 private:
    void work() {
        Bytes heard;
        while (!stop_) {
            pollfd wait{.fd = pty_.master(), .events = POLLIN, .revents = 0};
            poll(&wait, 1, 20);
            heard += pty_.hear();
            const bool is_holding = heard.find(question_of_holding) != Bytes::npos;
            if (!is_holding && heard.find(question) == Bytes::npos) continue;
            heard.clear();
            ++questions;
            is_holding ? pty_.say(answer_of_holding) : reply();
        }
    }
    void reply() const {
        using namespace std::chrono_literals;
        switch (manner.load()) {
            case Manner::right:
                return pty_.say(answer);
            case Manner::in_pieces:
                for (const char byte : answer) pty_.say(Bytes(1, byte));
                return;
            case Manner::silent:
                return;
            case Manner::wrong_crc: {
                Bytes bad = answer;
                bad.back() = static_cast<char>(bad.back() ^ 1);
                return pty_.say(bad);
            }
            case Manner::cut_off:
                return pty_.say(answer.substr(0, 11));
            case Manner::another_address: {
                Bytes other = answer.substr(0, answer.size() - 2);
                other[0] = 2;
                return pty_.say(with_crc(other));
            }
            case Manner::exception:
                return pty_.say(with_crc(of_hex("01 84 02")));
            case Manner::noise_before:
                return pty_.say(of_hex("00 FF 13") + answer);
            case Manner::late:
                std::this_thread::sleep_for(ModbusLine::answer_within + 100ms);
                return pty_.say(answer);
        }
    }

    const Pty& pty_;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

struct Diary : ModbusListener {
    std::vector<std::vector<std::uint16_t>> answers;
    std::vector<ModbusFailure> failures;
    std::string why;
    std::size_t told() const { return answers.size() + failures.size(); }
    void on_registers(std::span<const std::uint16_t> registers, Now) override {
        answers.emplace_back(registers.begin(), registers.end());
    }
    void on_failed(ModbusFailure failure, std::string_view text, Now) override {
        failures.push_back(failure);
        why = text;
    }
};

class Modbus : public testing::Test {
 public:
    void ask() {
        const auto before = diary.told();
        bus->ask(ten_inputs, diary);
        ASSERT_TRUE(world.run_while([&] { return diary.told() == before; }));
    }
    void open(const std::string& device) {
        auto opened = lines.open_modbus("serial:" + device);
        ASSERT_TRUE(opened);
        bus = std::move(*opened);
    }

    RealWorld world;
    Pty pty;
    ModbusLines lines{world.loop};
    Diary diary;
    std::unique_ptr<ModbusBus> bus;
};

TEST_F(Modbus, TheVectorsAgreeOnTheChecksum) {
    EXPECT_EQ(with_crc(question.substr(0, 6)), question);
    EXPECT_EQ(with_crc(answer.substr(0, 23)), answer);
}

TEST_F(Modbus, AsksAndIsAnsweredAsTheDataSheetSays) {
    const MeterAtTheFarEnd meter(pty);
    open(pty.device());
    ask();
    ASSERT_EQ(diary.answers.size(), 1U) << diary.why;
    const std::vector<std::uint16_t> told{0x08FC, 0x01F4, 0, 0x044C, 0, 0x04D2, 0, 0x01F4, 0x0060, 0};
    EXPECT_EQ(diary.answers[0], told);
    EXPECT_EQ(meter.questions, 1);
}

TEST_F(Modbus, EveryWayToAnswerWrongIsOneFailureAndTheNextAnswerIsGood) {
    MeterAtTheFarEnd meter(pty);
    open(pty.device());
    struct Case {
        Manner manner;
        ModbusFailure failure;
    };
    for (const Case& one :
         {Case{Manner::silent, ModbusFailure::silent}, Case{Manner::wrong_crc, ModbusFailure::garbled},
          Case{Manner::cut_off, ModbusFailure::silent}, Case{Manner::another_address, ModbusFailure::garbled},
          Case{Manner::exception, ModbusFailure::refused}, Case{Manner::late, ModbusFailure::silent}}) {
        SCOPED_TRACE(static_cast<int>(one.manner));
        diary = {};
        meter.manner = one.manner;
        ask();
        ASSERT_EQ(diary.failures, std::vector{one.failure}) << diary.why;
        EXPECT_NE(diary.why, "");
        meter.manner = Manner::right;
        // What came too late may have spoilt one more.
        for (int attempt = 0; attempt < 3 && diary.answers.empty(); ++attempt) ask();
        EXPECT_EQ(diary.answers.size(), 1U) << diary.why;
    }
}

TEST_F(Modbus, AnAnswerInPiecesIsOne) {
    MeterAtTheFarEnd meter(pty);
    meter.manner = Manner::in_pieces;
    open(pty.device());
    ask();
    EXPECT_EQ(diary.answers.size(), 1U) << diary.why;
}

TEST_F(Modbus, NoiseBeforeAnAnswerCostsThatAnswer) {
    MeterAtTheFarEnd meter(pty);
    meter.manner = Manner::noise_before;
    open(pty.device());
    ask();
    EXPECT_EQ(diary.answers.size(), 0U);
    meter.manner = Manner::right;
    ask();
    EXPECT_EQ(diary.answers.size(), 1U) << diary.why;
}

TEST_F(Modbus, ALineThatIsNotThereYetIsAskedForAgain) {
    const TemporaryFolder folder;
    const std::string device = folder / "meter";
    open(device);
    ask();
    EXPECT_EQ(diary.failures, std::vector{ModbusFailure::no_line});
    EXPECT_NE(diary.why.find(device), std::string::npos) << diary.why;
    const MeterAtTheFarEnd meter(pty);
    std::filesystem::create_symlink(pty.device(), device);
    // A second at most until it is opened anew.
    for (int attempt = 0; attempt < 1'000'000 && diary.answers.empty(); ++attempt) ask();
    EXPECT_EQ(diary.answers.size(), 1U) << diary.why;
}

TEST_F(Modbus, ALineThatIsAnotherProgramsStaysTheirs) {
    const UniqueFd theirs(::open(pty.device().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(theirs);
    ASSERT_TRUE(take_serial_line(theirs.get()));
    open(pty.device());
    ask();
    EXPECT_EQ(diary.failures, std::vector{ModbusFailure::no_line});
    EXPECT_NE(diary.why.find("another program uses"), std::string::npos) << diary.why;
    int exclusive = 0;
    ASSERT_EQ(ioctl(theirs.get(), TIOCGEXCL, &exclusive), 0);
    EXPECT_EQ(exclusive, 1);
}

TEST_F(Modbus, QuestionsWaitTheirTurnAndEachHasOneAnswer) {
    const MeterAtTheFarEnd meter(pty);
    open(pty.device());
    std::array<Diary, 5> diaries;
    for (Diary& one : diaries) bus->ask(ten_inputs, one);
    ASSERT_TRUE(world.run_while([&] { return diaries.back().told() == 0; }));
    for (const Diary& one : diaries) EXPECT_EQ(one.answers.size(), 1U) << one.why;
}

TEST_F(Modbus, TellsNothingAfterItsEnd) {
    MeterAtTheFarEnd meter(pty);
    meter.manner = Manner::late;
    open(pty.device());
    bus->ask(ten_inputs, diary);
    bus.reset();
    for (int i = 0; i < 50; ++i) world.loop.turn(milliseconds{10});
    EXPECT_EQ(diary.told(), 0U);
}

TEST_F(Modbus, AThermometerReadsItsHoldingRegisterThroughIt) {
    const MeterAtTheFarEnd far(pty);
    open(pty.device());
    bus->ask(one_holding, diary);
    ASSERT_TRUE(world.run_while([&] { return diary.told() == 0; }));
    ASSERT_EQ(diary.answers.size(), 1U) << diary.why;
    EXPECT_EQ(diary.answers[0], std::vector<std::uint16_t>{236});
}

TEST_F(Modbus, AMeterReadsThroughIt) {
    const MeterAtTheFarEnd far(pty);
    open(pty.device());
    PzemMeter meter(*bus, 1, milliseconds{100});
    world.loop.join(meter);
    meter.start(nullptr, world.loop.now());
    ASSERT_TRUE(world.run_while([&] { return !meter.latest(); }));
    EXPECT_EQ(meter.latest()->millivolts, 230'000U);
    EXPECT_EQ(meter.latest()->milliamps, 500U);
    EXPECT_EQ(meter.latest()->milliwatts, 110'000U);
    world.loop.leave(meter);
    bus.reset();
}

TEST(ModbusLines, OtherNamesAreRefused) {
    RealWorld world;
    ModbusLines lines(world.loop);
    for (const auto* name : {"usb:1-1", "serial:", "/dev/ttyS0", ""}) EXPECT_FALSE(lines.open_modbus(name));
}

}  // namespace
}  // namespace yizhan
