// Ports that play a recording: the same driver on a desk sees what it saw at the station. What the driver says changes
// nothing: a driver that asks for something else than the one recorded gets the answers of then.
#pragma once

#include <cstddef>
#include <vector>

#include "drivers/ports/byte_port.h"
#include "drivers/ports/contactless.h"
#include "drivers/ports/gpio.h"
#include "drivers/ports/key_port.h"
#include "drivers/recorder/replay/recording.h"
#include "hal/event_loop.h"

namespace yizhan {

// Joins the loop, before its driver. The events outlive it.
class ReplayedBytePort final : public BytePort, public LoopMember {
 public:
    // `start`: when the recording begins anew.
    ReplayedBytePort(const std::vector<RecordedEvent>& events, Mono start) : events_(events), start_(start) {}

    void start(BytePortListener& listener) override { listener_ = &listener; }
    Result<void> send(std::span<const std::byte> request) override;
    void reset() override { ++resets_; }

    Mono next_deadline() const override;
    void advance(Now now) override;

    bool over() const { return next_ == events_.size(); }
    // Requests that were not the recorded ones, in their order.
    std::uint64_t differences() const { return differences_; }
    std::uint64_t resets() const { return resets_; }

 private:
    const std::vector<RecordedEvent>& events_;
    const Mono start_;
    BytePortListener* listener_ = nullptr;
    bool attached_ = false;
    std::size_t next_ = 0;
    std::size_t next_request_ = 0;
    std::uint64_t differences_ = 0;
    std::uint64_t resets_ = 0;
};

// Likewise. Lines that were never seen are high: that is how lines rest. `edges`: which ones were asked for; where only
// falling ones were, they do not tell what the level was later.
class ReplayedInputs final : public InputLines, public LoopMember {
 public:
    ReplayedInputs(const std::vector<RecordedEvent>& events, EdgeKind edges, Mono start)
        : events_(events), edges_(edges), start_(start) {}

    void start(EdgeListener& listener) override { listener_ = &listener; }
    Result<std::uint64_t> levels() const override;

    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    const std::vector<RecordedEvent>& events_;
    const EdgeKind edges_;
    const Mono start_;
    EdgeListener* listener_ = nullptr;
    std::size_t next_ = 0;
};

// Likewise.
class ReplayedContactlessPort final : public ContactlessPort, public LoopMember {
 public:
    ReplayedContactlessPort(const std::vector<RecordedEvent>& events, Mono start) : events_(events), start_(start) {}

    void start(ContactlessListener& listener) override { listener_ = &listener; }

    Mono next_deadline() const override;
    void advance(Now now) override;

    bool over() const { return next_ == events_.size(); }

 private:
    const std::vector<RecordedEvent>& events_;
    const Mono start_;
    ContactlessListener* listener_ = nullptr;
    std::size_t next_ = 0;
};

// Likewise.
class ReplayedKeyPort final : public KeyPort, public LoopMember {
 public:
    ReplayedKeyPort(const std::vector<RecordedEvent>& events, Mono start) : events_(events), start_(start) {}

    void start(KeyPortListener& listener) override { listener_ = &listener; }

    Mono next_deadline() const override;
    void advance(Now now) override;

    bool over() const { return next_ == events_.size(); }

 private:
    const std::vector<RecordedEvent>& events_;
    const Mono start_;
    KeyPortListener* listener_ = nullptr;
    std::size_t next_ = 0;
};

}  // namespace yizhan
