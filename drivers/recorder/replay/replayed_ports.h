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
template <typename Port, typename Listener>
class Replayed : public Port, public LoopMember {
 public:
    // `start`: when the recording begins anew.
    Replayed(const std::vector<RecordedEvent>& events, Mono start) : events_(events), start_(start) {}

    void start(Listener& listener) override { listener_ = &listener; }

    Mono next_deadline() const override { return over() ? never : start_ + events_[next_].at; }
    void advance(Now now) override {
        while (next_deadline() <= now.mono) play(events_[next_++], now);
    }

    bool over() const { return next_ == events_.size(); }

 protected:
    virtual void play(const RecordedEvent& event, Now now) = 0;

    const std::vector<RecordedEvent>& events_;
    const Mono start_;
    Listener* listener_ = nullptr;
    std::size_t next_ = 0;
};

class ReplayedBytePort final : public Replayed<BytePort, BytePortListener> {
 public:
    using Replayed::Replayed;

    Result<void> send(std::span<const std::byte> request) override;
    void reset() override { ++resets_; }

    // Requests that were not the recorded ones, in their order.
    std::uint64_t differences() const { return differences_; }
    std::uint64_t resets() const { return resets_; }

 private:
    void play(const RecordedEvent& event, Now now) override;

    bool attached_ = false;
    std::size_t next_request_ = 0;
    std::uint64_t differences_ = 0;
    std::uint64_t resets_ = 0;
};

// Lines that were never seen are high: that is how lines rest. `edges`: which ones were asked for; where only falling
// ones were, they do not tell what the level was later.
class ReplayedInputs final : public Replayed<InputLines, EdgeListener> {
 public:
    ReplayedInputs(const std::vector<RecordedEvent>& events, EdgeKind edges, Mono start)
        : Replayed(events, start), edges_(edges) {}

    Result<std::uint64_t> levels() const override;

 private:
    void play(const RecordedEvent& event, Now now) override;

    const EdgeKind edges_;
};

class ReplayedContactlessPort final : public Replayed<ContactlessPort, ContactlessListener> {
 public:
    using Replayed::Replayed;

 private:
    void play(const RecordedEvent& event, Now now) override;
};

class ReplayedKeyPort final : public Replayed<KeyPort, KeyPortListener> {
 public:
    using Replayed::Replayed;

 private:
    void play(const RecordedEvent& event, Now now) override;
};

}  // namespace yizhan
