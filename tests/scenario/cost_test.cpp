// What stands between the last byte of a card and the lock, and between the reading of a meter that says too much and
// the relay: no allocation, no system call but the output, whatever else the station is doing.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "tests/scenario/whole_station.h"
#include "tests/support/allocations.h"
#include "tools/stationd_demo/cast.h"

namespace yizhan::testing {
namespace {

constexpr std::size_t whole_read_reply = 1295;  // text and photo of a resident card

// Tells when the last byte of a card's data reaches the driver.
class Tap final : public BytePorts {
 public:
    Tap(BytePorts& inner, std::function<void()> at_last_byte) : inner_(inner), at_last_byte_(std::move(at_last_byte)) {}
    Result<std::unique_ptr<BytePort>> open(const std::string& name, SerialLine line) override {
        auto port = inner_.open(name, line);
        if (!port) return port;
        return std::make_unique<Tapped>(std::move(*port), at_last_byte_);
    }

 private:
    class Tapped final : public BytePort, private BytePortListener {
     public:
        Tapped(std::unique_ptr<BytePort> port, const std::function<void()>& at_last_byte)
            : port_(std::move(port)), at_last_byte_(at_last_byte) {}
        void start(BytePortListener& listener) override {
            listener_ = &listener;
            port_->start(*this);
        }
        Result<void> send(std::span<const std::byte> request) override { return port_->send(request); }
        void reset() override { port_->reset(); }

     private:
        void on_attached(Now now) override { listener_->on_attached(now); }
        void on_detached(std::string_view why, Now now) override { listener_->on_detached(why, now); }
        void on_bytes(std::span<const std::byte> bytes, Now now) override {
            if (bytes.size() == whole_read_reply) at_last_byte_();
            listener_->on_bytes(bytes, now);
        }
        std::unique_ptr<BytePort> port_;
        const std::function<void()>& at_last_byte_;
        BytePortListener* listener_ = nullptr;
    };
    BytePorts& inner_;
    std::function<void()> at_last_byte_;
};

enum class Trouble : std::uint8_t { none, list_swap, stalled_commit, stalled_tool_and_dead_broker };

std::string name_of_trouble(const ::testing::TestParamInfo<Trouble>& info) {
    constexpr std::array names{"NoTrouble", "AListBeingSwapped", "ACommitOfHalfAMinute", "AStalledToolAndADeadBroker"};
    return names[static_cast<std::size_t>(info.param)];
}

class DeafListener final : public StreamListener {
    void on_bytes(yizhan::Stream&, std::string_view) override {}
    void on_file(yizhan::Stream&, std::unique_ptr<File>) override {}
    void on_closed(yizhan::Stream&) override {}
};

// A station in trouble, with a card on its reader and a tap before its driver.
class TroubledStation {
 public:
    TroubledStation(Trouble trouble, std::function<void()> at_last_byte) : tap_(*whole.world, std::move(at_last_byte)) {
        whole.byte_ports = &tap_;
        whole.world->id_card_reader(at_entry).knobs().jitter_percent = 0;
        whole.start_all();
        switch (trouble) {
            case Trouble::none:
                break;
            case Trouble::list_swap:
                // The next list arrives while the card is being read, and is in force a moment before it is needed.
                whole.file_worker->set_latency(milliseconds{700});
                load_list();
                break;
            case Trouble::stalled_commit:
                whole.log_worker->stall();
                whole.ask({{"do", "mode"}, {"mode", "normal"}});
                whole.run(seconds{30});
                break;
            case Trouble::stalled_tool_and_dead_broker:
                whole.broker.faults.stalled = true;
                stall_a_tool();
                break;
        }
    }
    bool swipe_releases() {
        whole.world->id_card_reader(at_entry).present(*simulated::card_of("courier"));
        return whole.comes([&] { return whole.lock_released(); }, seconds{5});
    }

    WholeStation whole;

 private:
    void connect_tool() {
        tool_ = std::make_unique<simulated::EventLoop>(whole.scheduler);
        connector_ = std::make_unique<simulated::StreamConnector>(*tool_, whole.socket, PeerIdentity{.uid = 0});
        auto stream = connector_->open();
        ASSERT_TRUE(stream.has_value());
        stream_ = std::move(*stream);
        stream_->start(deaf_);
    }
    void load_list() {
        ASSERT_NO_FATAL_FAILURE(connect_tool());
        auto list = whole.files.open(whole.settings.identity.member_list);
        ASSERT_TRUE(list.has_value());
        ASSERT_TRUE(stream_->send("{\"id\":1,\"do\":\"members\"}\n", std::move(*list)));
    }
    void stall_a_tool() {
        ASSERT_NO_FATAL_FAILURE(connect_tool());
        ASSERT_TRUE(
            stream_->send("{\"id\":1,\"do\":\"subscribe\",\"state\":true,\"live\":true,\"records_after\":0}\n"));
        whole.run(seconds{1});
        connector_->stall_client(true);
    }

    Tap tap_;
    DeafListener deaf_;
    std::unique_ptr<simulated::EventLoop> tool_;
    std::unique_ptr<simulated::StreamConnector> connector_;
    std::unique_ptr<simulated::Stream> stream_;
};

class SwipeCost : public ::testing::TestWithParam<Trouble> {};

TEST_P(SwipeCost, FromLastByteToLockNothingIsAllocatedAndTheLineIsSetOnce) {
    std::optional<std::uint64_t> at_last_byte;
    std::optional<std::uint64_t> at_lock;
    std::function<std::uint64_t()> calls_of_lock;
    std::uint64_t calls_before = 0;
    std::uint64_t calls_then = 0;
    TroubledStation station(GetParam(), [&] {
        calls_before = calls_of_lock();
        at_last_byte = allocations();
    });
    const LineName line = station.whole.settings.doors[0].lock.output.line;
    calls_of_lock = [&] { return station.whole.world->gpio().output_calls(line); };
    station.whole.world->gpio().observe(line, [&](bool high) {
        if (!high || !at_last_byte || at_lock) return;
        at_lock = allocations();
        calls_then = calls_of_lock();
    });
    ASSERT_TRUE(station.swipe_releases());
    ASSERT_TRUE(at_last_byte.has_value());
    ASSERT_TRUE(at_lock.has_value());
    EXPECT_EQ(*at_lock - *at_last_byte, 0U);
    EXPECT_EQ(calls_then - calls_before, 1U);
}

// From here on any system call but the end of the process kills it.
void allow_nothing_but_exit() {
    std::array<sock_filter, 4> program{{
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_exit_group},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS},
    }};
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        _exit(3);
    }
}

// How a process ended that does this and nothing else; `body` ends it itself where all goes well.
int ended(const std::function<void()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        body();
        _exit(4);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

// The line is simulated: setting it is no system call, so that from the last byte to the lock there must be none.
int swipe_without_system_calls(Trouble trouble, bool with_one) {
    return ended([&] {
        bool sealed = false;
        TroubledStation station(trouble, [&] {
            sealed = true;
            allow_nothing_but_exit();
            if (with_one) getppid();
        });
        station.whole.world->gpio().observe(station.whole.settings.doors[0].lock.output.line, [&](bool high) {
            if (high && sealed) syscall(SYS_exit_group, 0);
        });
        static_cast<void>(station.swipe_releases());
    });
}

TEST_P(SwipeCost, FromLastByteToLockThereIsNoSystemCallButTheOutput) {
    const int status = swipe_without_system_calls(GetParam(), false);
    ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status) << ": there was a system call";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

INSTANTIATE_TEST_SUITE_P(During, SwipeCost,
                         ::testing::Values(Trouble::none, Trouble::list_swap, Trouble::stalled_commit,
                                           Trouble::stalled_tool_and_dead_broker),
                         name_of_trouble);

// Tells when what a meter has measured reaches its driver.
class ModbusTap final : public ModbusBuses {
 public:
    ModbusTap(ModbusBuses& inner, std::function<void(std::span<const std::uint16_t>)> at_answer)
        : inner_(inner), at_answer_(std::move(at_answer)) {}
    Result<std::unique_ptr<ModbusBus>> open_modbus(const std::string& name) override {
        auto bus = inner_.open_modbus(name);
        if (!bus) return bus;
        return std::make_unique<Tapped>(std::move(*bus), at_answer_);
    }

 private:
    using AtAnswer = std::function<void(std::span<const std::uint16_t>)>;
    class Question final : public ModbusListener {
     public:
        Question(ModbusListener& device, const AtAnswer& at_answer) : device_(device), at_answer_(at_answer) {}
        void on_registers(std::span<const std::uint16_t> registers, Now now) override {
            at_answer_(registers);
            device_.on_registers(registers, now);
        }
        void on_failed(ModbusFailure failure, std::string_view why, Now now) override {
            device_.on_failed(failure, why, now);
        }

     private:
        ModbusListener& device_;
        const AtAnswer& at_answer_;
    };
    class Tapped final : public ModbusBus {
     public:
        Tapped(std::unique_ptr<ModbusBus> bus, const AtAnswer& at_answer)
            : bus_(std::move(bus)), at_answer_(at_answer) {}
        void ask(const ModbusQuestion& question, ModbusListener& device) override {
            bus_->ask(question, questions_.try_emplace(question.address, device, at_answer_).first->second);
        }

     private:
        std::map<std::uint8_t, Question> questions_;
        std::unique_ptr<ModbusBus> bus_;
        const AtAnswer& at_answer_;
    };
    ModbusBuses& inner_;
    AtAnswer at_answer_;
};

// A telephone's outlet in use, and then `at_too_much` the answer that tells of 1.1 kW.
class OverloadedStation {
 public:
    explicit OverloadedStation(std::function<void()> at_too_much)
        : tap_(*whole.world, [at = std::move(at_too_much)](std::span<const std::uint16_t> registers) {
              constexpr std::uint16_t a_kilowatt = 10'000;  // in 0.1 W
              if (registers.size() > 3 && registers[3] > a_kilowatt) at();
          }) {
        whole.modbus = &tap_;
        whole.start_all();
        whole.visit_begins("courier");
        whole.swipe(at_desk, "courier");
        whole.world->outlet(0).plug(45'000);
        whole.run(seconds{2});
    }
    bool overload_trips() {
        whole.world->outlet(0).plug(1'100'000);
        return whole.comes([&] { return !whole.world->outlet_powered(0); }, seconds{5});
    }
    const LineName& relay() const { return whole.settings.outlets[0].relay.line; }

    WholeStation whole;

 private:
    ModbusTap tap_;
};

TEST(TripCost, FromTheReadingToTheRelayNothingIsAllocatedAndTheLineIsSetOnce) {
    std::optional<std::uint64_t> at_reading;
    std::optional<std::uint64_t> at_relay;
    std::function<std::uint64_t()> calls_of_relay;
    std::uint64_t calls_before = 0;
    std::uint64_t calls_then = 0;
    OverloadedStation station([&] {
        if (at_reading) return;
        calls_before = calls_of_relay();
        at_reading = allocations();
    });
    calls_of_relay = [&] { return station.whole.world->gpio().output_calls(station.relay()); };
    station.whole.world->gpio().observe(station.relay(), [&](bool high) {
        if (high || !at_reading || at_relay) return;
        at_relay = allocations();
        calls_then = calls_of_relay();
    });
    ASSERT_TRUE(station.overload_trips());
    ASSERT_TRUE(at_reading.has_value());
    ASSERT_TRUE(at_relay.has_value());
    EXPECT_EQ(*at_relay - *at_reading, 0U);
    EXPECT_EQ(calls_then - calls_before, 1U);
}

int trip_without_system_calls(bool with_one) {
    return ended([&] {
        bool sealed = false;
        OverloadedStation station([&] {
            if (std::exchange(sealed, true)) return;
            allow_nothing_but_exit();
            if (with_one) getppid();
        });
        station.whole.world->gpio().observe(station.relay(), [&](bool high) {
            if (!high && sealed) syscall(SYS_exit_group, 0);
        });
        static_cast<void>(station.overload_trips());
    });
}

TEST(TripCost, FromTheReadingToTheRelayThereIsNoSystemCallButTheOutput) {
    const int status = trip_without_system_calls(false);
    ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status) << ": there was a system call";
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_TRUE(WIFSIGNALED(trip_without_system_calls(true)));
}

TEST(SwipeCostTest, WouldNoticeASystemCall) {
    EXPECT_TRUE(WIFSIGNALED(swipe_without_system_calls(Trouble::none, true)));
}

}  // namespace
}  // namespace yizhan::testing
