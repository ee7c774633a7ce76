#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace yizhan {

// A directory that goes with its owner.
class ScratchDirectory {
 public:
    ScratchDirectory();
    ~ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    const std::filesystem::path& path() const { return path_; }

 private:
    std::filesystem::path path_;
};

std::uint16_t free_port();

// A broker's program, which listens on loopback. Dies with this object, or with the test.
class BrokerProcess {
 public:
    ~BrokerProcess();
    BrokerProcess(const BrokerProcess&) = delete;
    BrokerProcess& operator=(const BrokerProcess&) = delete;

    void start();  // returns once it takes connections
    void kill_hard();
    void pause(bool paused);  // as if everything took longer
    const std::string& address() const { return address_; }
    std::uint16_t port() const { return port_; }

 protected:
    // `command`: the program's path and its arguments. Not started yet.
    BrokerProcess(std::vector<std::string> command, std::string address, std::uint16_t port);

 private:
    const std::vector<std::string> command_;
    const std::string address_;
    const std::uint16_t port_;
    pid_t pid_ = 0;
};

// A cable to a network namespace of its own, which can be cut: then packets go nowhere, and nobody is told. Or it is a
// bad one. Needs root.
class NetworkCable {
 public:
    NetworkCable();
    ~NetworkCable();
    NetworkCable(const NetworkCable&) = delete;
    NetworkCable& operator=(const NetworkCable&) = delete;
    bool works() const { return works_; }
    void cut(bool is_cut);
    // From now on, both ways: one of tc's queueing disciplines with its options; empty: as a cable is. False: this
    // kernel, or this machine's tc, does not have it.
    bool shape(const std::string& discipline);
    const std::string& name() const { return name_; }  // of the namespace
    std::string far_end() const { return address(2); }

 private:
    std::string address(int host) const;

    const std::string name_;
    bool works_ = false;
};

// One mosquitto of our own, in a directory of its own.
class RealBroker : public BrokerProcess {
 public:
    // `more`: further lines of its configuration. `cable`: at its far end.
    RealBroker(const ScratchDirectory& scratch, const std::string& more, const NetworkCable* cable = nullptr);
    void forget();  // what it had on its disk. While it does not run

 private:
    const std::string database_;
};

// One nats-server of our own: a broker of MQTT 3.1.1 that is not mosquitto.
class RealNats : public BrokerProcess {
 public:
    explicit RealNats(const ScratchDirectory& scratch);
};

// A centre with a persistent session (mosquitto_sub): the broker keeps for it what comes while it is away.
class PersistentCentre {
 public:
    PersistentCentre(const ScratchDirectory& scratch, std::uint16_t port, const std::string& topic);
    ~PersistentCentre();
    PersistentCentre(const PersistentCentre&) = delete;
    PersistentCentre& operator=(const PersistentCentre&) = delete;
    std::vector<std::string> received() const;  // payloads, whole ones, in order

 private:
    const std::string output_;
    pid_t pid_ = 0;
};

// Makes certificates under `scratch`: ca.pem, other-ca.pem, and broker.pem, elsewhere.pem (another host name),
// expired.pem with broker.key, all but other-ca signed by ca. False where openssl does not play along.
bool make_certificates(const ScratchDirectory& scratch);
// user=password into `scratch`/passwd.
bool add_password(const ScratchDirectory& scratch, const std::string& user, const std::string& password);

}  // namespace yizhan
