#include "tests/broker/real_broker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "hal/check.h"

namespace yizhan {
namespace {

sockaddr_in address_of(const std::string& text, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    YZ_CHECK(inet_pton(AF_INET, text.c_str(), &address.sin_addr) == 1);
    address.sin_port = htons(port);
    return address;
}

bool accepts(const std::string& host, std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = address_of(host, port);
    const bool yes = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return yes;
}

bool run(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

}  // namespace

ScratchDirectory::ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "yizhan-broker-XXXXXX").string();
    YZ_CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::uint16_t free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = address_of("127.0.0.1", 0);
    socklen_t size = sizeof address;
    YZ_CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    YZ_CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

BrokerProcess::BrokerProcess(std::vector<std::string> command, std::string address, std::uint16_t port)
    : command_(std::move(command)), address_(std::move(address)), port_(port) {}

BrokerProcess::~BrokerProcess() { kill_hard(); }

void BrokerProcess::start() {
    YZ_CHECK(pid_ == 0);
    const pid_t parent = getpid();
    pid_ = fork();
    YZ_CHECK(pid_ >= 0);
    if (pid_ == 0) {
        // It must not outlive a test that crashes.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        std::vector<char*> arguments;
        for (const auto& argument : command_) arguments.push_back(const_cast<char*>(argument.c_str()));
        arguments.push_back(nullptr);
        execv(arguments[0], arguments.data());
        _exit(127);
    }
    for (int i = 0; i < 600 && !accepts(address_, port_); ++i) {
        YZ_CHECK(waitpid(pid_, nullptr, WNOHANG) == 0);  // it died: see its log
        poll(nullptr, 0, 50);
    }
}

void BrokerProcess::kill_hard() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

void BrokerProcess::pause(bool paused) { kill(pid_, paused ? SIGSTOP : SIGCONT); }

NetworkCable::NetworkCable() : name_("yz" + std::to_string(getpid())) {
    const std::string near = name_ + "a";
    const std::string far = name_ + "b";
    works_ = geteuid() == 0 && run("ip netns add " + name_) &&
             run("ip link add " + near + " type veth peer name " + far + " netns " + name_) &&
             run("ip addr add " + address(1) + "/30 dev " + near) && run("ip link set " + near + " up") &&
             run("ip -n " + name_ + " addr add " + far_end() + "/30 dev " + far) &&
             run("ip -n " + name_ + " link set " + far + " up");
}

NetworkCable::~NetworkCable() {
    if (!run("ip link del " + name_ + "a")) return;
    static_cast<void>(run("ip netns del " + name_));
}

// Several tests may run at once: four addresses for each, of those that are there for testing (RFC 2544).
std::string NetworkCable::address(int host) const {
    const int block = getpid() % (256 * 64);
    return "198.18." + std::to_string(block / 64) + "." + std::to_string(block % 64 * 4 + host);
}

void NetworkCable::cut(bool is_cut) {
    YZ_CHECK(run("ip -n " + name_ + " link set " + name_ + "b " + (is_cut ? "down" : "up")));
}

bool NetworkCable::shape(const std::string& discipline) {
    const auto at = [&](const std::string& tc, const std::string& end) {
        const std::string device = " dev " + name_ + end + " root";
        if (discipline.empty()) return run(tc + " qdisc del" + device);
        return run(tc + " qdisc replace" + device + " " + discipline);
    };
    const bool near = at("tc", "a");
    return at("tc -n " + name_, "b") && near;
}

namespace {

std::vector<std::string> mosquitto_command(const std::string& config, const NetworkCable* cable) {
    if (cable == nullptr) return {MOSQUITTO_PROGRAM, "-c", config};
    return {"/sbin/ip", "netns", "exec", cable->name(), MOSQUITTO_PROGRAM, "-c", config};
}

}  // namespace

RealBroker::RealBroker(const ScratchDirectory& scratch, const std::string& more, const NetworkCable* cable)
    : BrokerProcess(mosquitto_command(scratch.file("mosquitto.conf"), cable),
                    cable != nullptr ? cable->far_end() : "127.0.0.1", free_port()),
      database_(scratch.file("mosquitto.db")) {
    std::ofstream config(scratch.file("mosquitto.conf"));
    config << "listener " << port() << " " << address() << "\n"
           << "persistence true\n"
           << "persistence_location " << scratch.path().string() << "/\n"
           << "autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 100000\n"
           << "log_dest file " << scratch.file("mosquitto.log")
           << "\n"
           // Started by root it would become another user, who may not write here.
           << (geteuid() == 0 ? "user root\n" : "") << more;
    config.close();
    start();
}

void RealBroker::forget() {
    std::error_code none_there;
    std::filesystem::remove(database_, none_there);
}

RealNats::RealNats(const ScratchDirectory& scratch)
    : BrokerProcess({NATS_PROGRAM, "-c", scratch.file("nats.conf")}, "127.0.0.1", free_port()) {
    std::ofstream config(scratch.file("nats.conf"));
    config << "listen: \"127.0.0.1:" << free_port() << "\"\nserver_name: test\nlog_file: \"" << scratch.file("nats.log")
           << "\"\njetstream { store_dir: \"" << scratch.file("nats") << "\" }\nmqtt { listen: \"127.0.0.1:" << port()
           << "\" }\n";
    config.close();
    start();
}

PersistentCentre::PersistentCentre(const ScratchDirectory& scratch, std::uint16_t port, const std::string& topic)
    : output_(scratch.file("centre.txt")) {
    const pid_t parent = getpid();
    pid_ = fork();
    YZ_CHECK(pid_ >= 0);
    if (pid_ > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || freopen(output_.c_str(), "w", stdout) == nullptr) _exit(1);
    execlp("mosquitto_sub", "mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(port).c_str(), "-i", "centre",
           "-c", "-q", "1", "-t", topic.c_str(), nullptr);
    _exit(127);
}

PersistentCentre::~PersistentCentre() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

std::vector<std::string> PersistentCentre::received() const {
    std::vector<std::string> payloads;
    std::ifstream input(output_);
    // A line without its end is still being written.
    for (std::string line; std::getline(input, line) && !input.eof();) payloads.push_back(line);
    return payloads;
}

bool make_certificates(const ScratchDirectory& scratch) {
    const std::string in = "cd " + scratch.path().string() + " && ";
    const std::string key = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";
    const auto authority = [&](const std::string& name) {
        return run(in + "openssl req -x509" + key + "-days 2 -subj '/CN=Test CA' -keyout " + name + ".key -out " +
                   name + ".pem");
    };
    const auto certificate = [&](const std::string& name, const std::string& host, int days) {
        return run(in + "openssl req" + key + "-subj /CN=" + host + " -addext subjectAltName=DNS:" + host +
                   " -keyout " + name + ".key -out " + name + ".csr") &&
               run(in + "openssl x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial" +
                   " -copy_extensions copy -days " + std::to_string(days) + " -out " + name + ".pem");
    };
    return authority("ca") && authority("other-ca") && certificate("broker", "localhost", 2) &&
           certificate("elsewhere", "elsewhere.invalid", 2) && certificate("expired", "localhost", -1);
}

bool add_password(const ScratchDirectory& scratch, const std::string& user, const std::string& password) {
    const auto file = scratch.file("passwd");
    return run("touch " + file + " && chmod 600 " + file + " && mosquitto_passwd -b " + file + " " + user + " " +
               password);
}

}  // namespace yizhan
