#include "tests/hardware/usb_bench.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace yizhan {

UsbReaderProgram::UsbReaderProgram() {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    EXPECT_EQ(pipe2(in.data(), O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(out.data(), O_CLOEXEC), 0);
    const UniqueFd its_input(in[0]);
    const UniqueFd its_output(out[1]);
    commands_ = UniqueFd(in[1]);
    answers_ = UniqueFd(out[0]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, its_input.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, its_output.get(), STDOUT_FILENO);
    std::string name = USB_READER;
    std::array<char*, 2> arguments{name.data(), nullptr};
    EXPECT_EQ(posix_spawn(&pid_, name.c_str(), &actions, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
}

UsbReaderProgram::~UsbReaderProgram() {
    commands_.reset();  // it ends with its input
    int status = 0;
    waitpid(pid_, &status, 0);
    EXPECT_EQ(status, 0);
}

nlohmann::json UsbReaderProgram::try_to(const nlohmann::json& command) {
    const std::string line = command.dump() + "\n";
    EXPECT_EQ(write(commands_.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
    for (;;) {
        if (const auto end = received_.find('\n'); end != std::string::npos) {
            auto answer = nlohmann::json::parse(received_.substr(0, end));
            received_.erase(0, end + 1);
            return answer;
        }
        std::array<char, 4096> buffer;
        const ssize_t size = read(answers_.get(), buffer.data(), buffer.size());
        if (size <= 0) return {{"ok", false}, {"error", "usb_reader has ended"}};
        received_.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

nlohmann::json UsbReaderProgram::tell(const nlohmann::json& command) {
    auto answer = try_to(command);
    EXPECT_TRUE(answer["ok"].get<bool>()) << command << answer;
    return answer;
}

nlohmann::json plug(const nlohmann::json& with) {
    nlohmann::json command{
        {"cmd", "plug"}, {"port", 0}, {"profile", "four-pipes"}, {"latency_ms", 50}, {"boot_ms", 50}};
    command.update(with);
    return command;
}

UsbBench::UsbBench() {
    auto made = UsbPorts::make(loop);
    if (!made) ADD_FAILURE() << made.error().what;
    ports = std::move(made.value());
}

bool UsbBench::until(const std::function<bool()>& condition, milliseconds longest) {
    loop.turn(milliseconds{0});
    const Mono latest = loop.now().mono + longest;
    while (!condition()) {
        if (loop.now().mono >= latest) return false;
        loop.turn(std::min<nanoseconds>(milliseconds{100}, latest - loop.now().mono));
    }
    return true;
}

std::unique_ptr<BytePort> UsbBench::open(const std::string& path) {
    auto port = ports->open("usb:" + path, {});
    if (!port) ADD_FAILURE() << port.error().what;
    return std::move(port.value());
}

UsbDriver::UsbDriver(UsbBench& bench, const std::string& path)
    : bench_(bench), port_(bench.open(path)), reader(*port_, milliseconds{100}) {
    bench_.loop.join(reader);
    reader.start(reports, bench_.loop.now());
}

bool UsbDriver::has_read(const simulated::SimulatedCard& card) const {
    return std::ranges::any_of(reports.all, [&](const Report& report) {
        return report.credential == credential_of(card, CredentialKind::resident_id);
    });
}

bool UsbDriver::reads(unsigned person, int reader_number) {
    reports.all.clear();
    bench_.program.tell({{"cmd", "present"}, {"reader", reader_number}, {"person", person}});
    // As usb_reader makes them.
    const auto card = simulated::resident_card("19500101", person);
    const bool read = bench_.until([&] { return has_read(card); });
    bench_.program.tell({{"cmd", "remove"}, {"reader", reader_number}});
    const auto removed = [&] {
        return std::ranges::any_of(reports.all, [](const Report& r) { return r.kind == Report::Kind::removed; });
    };
    return read && bench_.until(removed);
}

}  // namespace yizhan
