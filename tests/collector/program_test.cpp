// The program as people and scripts call it.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "drivers/ports/random.h"
#include "firmware/identity/hex.h"
#include "tests/collector/filled_database.h"
#include "tests/collector/http_client.h"
#include "tests/collector/real_programs.h"

namespace yizhan::collector {
namespace {

std::string content(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Ran {
    int code = 0;
    std::string out;
    std::string err;
};

class Program {
 public:
    explicit Program(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), STATION_COLLECTOR);
        std::vector<char*> raw;
        for (auto& argument : arguments) raw.push_back(argument.data());
        raw.push_back(nullptr);
        pid_ = fork();
        if (pid_ != 0) return;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        // Not freopen(): it would write what this test has not yet written of its own.
        dup2(open(out_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), STDOUT_FILENO);
        dup2(open(err_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), STDERR_FILENO);
        execv(raw[0], raw.data());
        _exit(127);
    }
    void terminate() const { kill(pid_, SIGTERM); }
    Ran wait() {
        int status = 0;
        EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), content(out_), content(err_)};
    }

 private:
    ScratchDirectory directory_;
    const std::string out_ = directory_.file("out");
    const std::string err_ = directory_.file("err");
    pid_t pid_ = 0;
};

template <class Kind>
class CollectorProgram : public FilledDatabase<Kind> {
 protected:
    void write_settings(const std::string& more = "metrics_port = 0\n", std::uint16_t port = 1883) {
        std::ofstream(settings) << "[collector]\nname = \"one\"\ndatabase = \"" << this->kind.where() << "\"\n"
                                << more << "[broker]\nhost = \"127.0.0.1\"\nport = " << port << "\nplaintext = true\n";
    }
    Ran run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--settings", settings});
        return Program(std::move(arguments)).wait();
    }
    nlohmann::json json_of(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"report", "--json"});
        const auto ran = run(std::move(arguments));
        EXPECT_EQ(ran.code, 0) << ran.err;
        return nlohmann::json::parse(ran.out, nullptr, false);
    }

    ScratchDirectory directory;
    const std::string settings = directory.file("collector.toml");
};
TYPED_TEST_SUITE(CollectorProgram, Databases, DatabaseNames);

constexpr std::int64_t one_hour = 3'600'000;
constexpr std::int64_t november_18 = 1'794'960'000'000;  // 2026-11-18 00:00 UTC

// At one of each time, in this order.
FeedBatch visits_at(const std::vector<std::int64_t>& times, const std::string& station = "one") {
    auto records = nlohmann::json::array();
    for (const auto time : times) {
        auto one = record(records.size() + 1);
        one["time"] = time;
        records.push_back(std::move(one));
    }
    return batch_in(station, nlohmann::json{{"epoch", 7}, {"records", std::move(records)}}.dump()).value();
}

TYPED_TEST(CollectorProgram, ReportsVisitsByTheHoursAndDaysOfTheCentre) {
    this->write_settings("metrics_port = 0\nutc_offset = \"+08:00\"\n");
    EXPECT_EQ(this->json_of({}), R"({"hour":{},"day":{},"station":{},"group":{}})"_json) << "nobody came yet";
    // Behind UTC+8's midnight it is the next day, as late as its last moment.
    this->give_one(
        visits_at({november_18 + 16 * one_hour - 1, november_18 + 16 * one_hour, november_18 + 40 * one_hour - 1}));
    this->give_one(visits_at({november_18 + 40 * one_hour}, "two"));
    EXPECT_EQ(this->json_of({}), R"({"hour":{"00:00":2,"23:00":2},
                                     "day":{"2026-11-18":1,"2026-11-19":2,"2026-11-20":1},
                                     "station":{"one":3,"two":1},"group":{"day":1,"night":3}})"_json);
    EXPECT_EQ(this->json_of({"--by", "day", "--from", "2026-11-19"}),
              R"({"day":{"2026-11-19":2,"2026-11-20":1}})"_json);
    EXPECT_EQ(this->json_of({"--by", "day", "--to", "2026-11-19"}), R"({"day":{"2026-11-18":1,"2026-11-19":2}})"_json);
    EXPECT_EQ(this->json_of({"--from", "2026-11-19", "--to", "2026-11-19", "--by", "group"}),
              R"({"group":{"day":1,"night":1}})"_json);
    const auto text = this->run({"report", "--by", "station"});
    EXPECT_EQ(text.code, 0);
    EXPECT_NE(text.out.find("two"), std::string::npos) << text.out;

    this->write_settings("metrics_port = 0\nutc_offset = \"-03:30\"\n");
    EXPECT_EQ(this->json_of({"--by", "day"}), R"({"day":{"2026-11-18":2,"2026-11-19":2}})"_json);
    EXPECT_EQ(this->json_of({"--by", "hour"}), R"({"hour":{"12:00":4}})"_json);
}

TYPED_TEST(CollectorProgram, VerifiesOnItsOwnAndWithAKeyThatIsKeptElsewhere) {
    this->write_settings();
    EXPECT_EQ(this->run({"verify"}).code, 1) << "nothing to verify";
    this->give_one(batch(1, 50));
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(30)), 0u);
    const auto key = to_hex(checkpoint(30).key);
    const auto all = this->run({"verify"});
    EXPECT_EQ(all.code, 0) << all.out;
    EXPECT_NE(all.out.find(key), std::string::npos) << all.out;
    EXPECT_EQ(this->run({"verify", "--station", "one", "--key", key}).code, 0);
    EXPECT_EQ(this->run({"verify", "--station", "one", "--key", to_hex(checkpoint(30, "one", 7, 2).key)}).code, 5);
    EXPECT_EQ(this->run({"verify", "--station", "one", "--key", key.substr(1)}).code, 1);
    EXPECT_EQ(this->run({"verify", "--key", key}).code, 2) << "whose?";
    EXPECT_EQ(this->run({"verify", "--station", "nobody"}).code, 1);
    this->change("UPDATE record SET grp = 'nobody' WHERE seq = 17");
    const auto changed = this->run({"verify"});
    EXPECT_EQ(changed.code, 5);
    EXPECT_NE(changed.out.find("record 17"), std::string::npos) << changed.out;
}

TYPED_TEST(CollectorProgram, TrustsANewKeyWhenItIsToldTo) {
    this->write_settings();
    this->give_one(batch(1, 50));
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(30)), 0u);
    EXPECT_EQ(this->run({"flaws"}).code, 0);
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(40, "one", 7, 2)), 1u);
    const auto flawed = this->run({"flaws"});
    EXPECT_EQ(flawed.code, 5);
    EXPECT_NE(flawed.out.find("key-changed"), std::string::npos) << flawed.out;
    EXPECT_EQ(this->run({"trust", "one"}).code, 0);
    EXPECT_EQ(this->run({"flaws"}).code, 0);
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(40, "one", 7, 2)), 0u);
    EXPECT_EQ(this->run({"verify", "--key", to_hex(checkpoint(40, "one", 7, 2).key), "--station", "one"}).code, 0);
}

TYPED_TEST(CollectorProgram, SaysWithItsExitCodeWhatWasWrong) {
    this->write_settings();
    for (const std::vector<std::string>& line :
         {std::vector<std::string>{}, {"trust"}, {"reprot"}, {"report", "--by"}, {"report", "--by", "week"}}) {
        const auto ran = this->run(line);
        EXPECT_EQ(ran.code, 2) << ran.err;
        EXPECT_FALSE(ran.err.empty());
    }
    for (const char* no_day : {"2026-13-01", "2026-02-30", "yesterday", "2026-11-18T00:00"}) {
        const auto ran = this->run({"report", "--from", no_day});
        EXPECT_EQ(ran.code, 1) << no_day;
        EXPECT_NE(ran.err.find(no_day), std::string::npos) << ran.err;
    }
    EXPECT_EQ(this->run({"report", "--help"}).code, 0);
    EXPECT_EQ(Program({"--settings", this->directory.file("none"), "report"}).wait().code, 2);
    std::ofstream(this->settings) << "[collector]\nname = \"one\"\ndatabase = \"sqlite:/nowhere/at/all.db\"\n"
                                     "[broker]\nhost = \"127.0.0.1\"\nplaintext = true\n";
    EXPECT_EQ(this->run({"report"}).code, 1);
}

TYPED_TEST(CollectorProgram, CollectsTellsItsNumbersAndStopsWhenItIsTold) {
    const RealBroker broker(this->directory, "allow_anonymous true\n");
    const auto metrics = free_port();
    this->write_settings(fmt::format("metrics_port = {}\n", metrics), broker.port());
    Program program({"--settings", this->settings, "run"});
    SdEventLoop loop{ClockPolicy::always};
    SystemRandom random;
    RealStation station(loop, random, this->directory, broker);
    station.stationd.append_records(1'000);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{100};
    while (station.stationd.acknowledged < 1'000 && std::chrono::steady_clock::now() < limit) {
        loop.turn(milliseconds{20});
    }
    EXPECT_EQ(station.stationd.acknowledged, 1'000u);
    EXPECT_EQ(this->count("record"), 1'000);

    HttpClient client(metrics);
    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    while (!client.ended() && std::chrono::steady_clock::now() < limit) loop.turn(milliseconds{20});
    EXPECT_TRUE(client.received().starts_with("HTTP/1.1 200")) << client.received();
    for (const char* line : {"\nyizhan_collector_records_total 1000\n", "\nyizhan_collector_connected 1\n"}) {
        EXPECT_NE(client.received().find(line), std::string::npos) << client.received();
    }
    const auto second = this->run({"run"});
    EXPECT_EQ(second.code, 1) << "the port is taken";
    EXPECT_NE(second.err.find(std::to_string(metrics)), std::string::npos) << second.err;

    program.terminate();
    const auto ran = program.wait();
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_NE(ran.err.find("connected to the broker"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace yizhan::collector
