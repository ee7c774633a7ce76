// Digital lines as a Linux kernel shows them: edges are stamped when they happen and wait in a buffer per request
// until the loop comes round; a full buffer drops its oldest edge, which shows as a hole in the sequence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/ports/gpio.h"
#include "hal/event_loop.h"

namespace yizhan::simulated {

// A line comes to exist when it is first named. It must outlive the lines requested from it. The owner has it join the
// event loop: edges are delivered in advance().
class Gpio final : public GpioPort, public LoopMember {
 public:
    enum class Loss : std::uint8_t {
        counted,  // the kernel dropped the edge: a hole in the sequence
        unseen,  // two edges merged before the interrupt ran: no trace of it
    };

    Gpio();
    ~Gpio() override;
    Gpio(const Gpio&) = delete;
    Gpio& operator=(const Gpio&) = delete;

    // What drivers see.
    Result<std::unique_ptr<OutputLine>> request_output(const LineName& name, bool high) override;
    // An input nobody drives is high, unless it is pulled down: boards have pull-ups fitted.
    Result<std::unique_ptr<InputLines>> request_inputs(std::span<const LineName> names, EdgeKind edges, Bias bias,
                                                       std::uint16_t buffer) override;

    // What the loop sees: due since the oldest edge that waits.
    Mono next_deadline() const override;
    void advance(Now now) override;

    // What the outside world does and sees. A line that already has the level makes no edge. `at` must not run
    // backwards; with an `at` still to come the level changes now and the edge is delivered then.
    void drive(const LineName& name, bool high, Mono at);
    bool level(const LineName& name) const;
    bool held(const LineName& name) const;  // by anybody
    // Called with every new level of an output, the first one of a request included.
    void observe(const LineName& name, std::function<void(bool high)> observer);
    bool takes_levels(const LineName& name) const;  // as an output, from whoever requests it now
    std::uint64_t output_calls(const LineName& name) const;  // OutputLine::set(), whatever came of it
    std::uint64_t output_changes(const LineName& name) const;

    // Faults and knobs.
    void take(const LineName& name, std::string_view holder);  // another program holds the line
    void give_back(const LineName& name);
    void remove(const LineName& name);  // the chip has no such line
    // A chip that is pulled out: outputs requested before fail for ever, inputs are lost, and there again with the next
    // whole second after it was plugged in.
    void unplug(const std::string& chip, Mono at);
    void plug_in(const std::string& chip, Mono at);
    // Whatever was written: the machine or the chip has no power, and what is wired to the line pulls it there.
    void let_fall(const LineName& name, bool level);
    // By another process that holds the same request, as station-failsafe does. An error: the chip takes no level.
    Result<void> set_beside(const LineName& name, bool high);
    // Writes have no effect, as those of a machine that has stopped in mid-turn, or of a program that was killed.
    void freeze(bool frozen) { frozen_ = frozen; }
    // Called before every write to an output takes effect; may call freeze().
    void on_write(std::function<void()> hook) { on_write_ = std::move(hook); }
    void fail_output(const LineName& name, bool fails);
    void lose_writes(const LineName& name, std::uint32_t count);  // the next ones: reported as taken, and lost
    void fail_level(const LineName& name, bool fails);
    void cut(const LineName& name, bool is_cut);  // a broken wire: drive() has no effect
    void lose_edges(const LineName& name, std::uint32_t count, Loss loss, std::uint32_t after = 0);  // `after` more
    void deliver_at_most(std::size_t edges) { per_turn_ = edges; }  // per request and turn; at least 1

 private:
    class Output;
    class Inputs;
    struct Line {
        bool level = false;
        bool driven = false;
        std::string holder;  // empty: free
        Inputs* inputs = nullptr;
        std::uint8_t index = 0;  // in the request
        std::uint64_t output_calls = 0;
        std::uint64_t output_changes = 0;
        std::vector<std::function<void(bool)>> observers;
        bool missing = false;
        std::uint32_t unplugged = 0;  // times its chip was
        bool output_fails = false;
        std::uint32_t writes_to_lose = 0;
        bool level_fails = false;
        bool is_cut = false;
        std::uint32_t to_lose = 0;
        std::uint32_t lose_after = 0;
        Loss loss = Loss::counted;
    };

    Result<void> hold(const LineName& name, std::string_view holder);
    void write(Line& line, bool high);
    void set_output(Line& line, bool high);
    const Line* find(const LineName& name) const;

    std::map<LineName, Line> lines_;  // nodes stay where they are: requests point at them
    std::vector<Inputs*> requests_;
    std::set<std::string> unplugged_;  // chips
    bool frozen_ = false;
    std::function<void()> on_write_;
    std::size_t per_turn_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace yizhan::simulated
