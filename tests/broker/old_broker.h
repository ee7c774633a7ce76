#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace yizhan {

// A broker as they were before MQTT 5: refuses protocol level 5 with CONNACK 1, takes level 4, and answers QoS 1.
class OldBroker {
 public:
    OldBroker();
    ~OldBroker();
    OldBroker(const OldBroker&) = delete;
    OldBroker& operator=(const OldBroker&) = delete;
    std::uint16_t port() const { return port_; }
    int connects_of_level(int level) const { return level == 5 ? level_5_ : level_4_; }

 private:
    void serve();
    void talk(int fd);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stop_ = false;
    std::atomic<int> level_4_ = 0;
    std::atomic<int> level_5_ = 0;
    std::thread thread_;
};

}  // namespace yizhan
