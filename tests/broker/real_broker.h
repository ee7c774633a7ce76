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

// One mosquitto of our own on loopback, in a directory of its own. Dies with this object.
class RealBroker {
 public:
    // `more`: further lines of its configuration.
    RealBroker(const ScratchDirectory& scratch, const std::string& more);
    ~RealBroker();
    RealBroker(const RealBroker&) = delete;
    RealBroker& operator=(const RealBroker&) = delete;

    void start();  // returns once it takes connections
    void kill_hard();
    std::uint16_t port() const { return port_; }

 private:
    const std::string config_;
    const std::uint16_t port_;
    pid_t pid_ = 0;
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
