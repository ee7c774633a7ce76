// Holds every output of a station beside stationd, so that a station whose controller has died, hangs or is being
// replaced keeps still: the kernel lets go of a line when the last process that holds it ends, and what its level is
// then depends on the chip.
//
//   nobody connected   every output is at its safe level
//   stationd connects  it gets the same lines, without their being let go, and drives them from then on
//   the connection ends, however (exit, kill -9, abort): every output is driven to its safe level at once
//   stationd says nothing for longest_silence: likewise. One whose thread waits for a dead disk cannot be killed, and
//   its connection stays
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/gpio/gpio_chips.h"
#include "drivers/ports/unique_fd.h"
#include "firmware/failsafe/safe_outputs.h"
#include "hal/error.h"
#include "hal/event_loop.h"
#include "hal/file.h"

namespace yizhan {

class Failsafe final : private LoopMember {
 public:
    static constexpr milliseconds longest_silence{5000};

    using Tell = std::function<void(const Error&)>;
    // `tell`: what goes wrong while it runs, once each time it changes.
    Failsafe(SdEventLoop& loop, Files& files, std::string settings_path, Tell tell);
    Failsafe(const Failsafe&) = delete;
    Failsafe& operator=(const Failsafe&) = delete;
    // Outputs are at their safe levels when it ends; then the kernel lets them go.
    ~Failsafe() override;

    // Reads the settings and takes the outputs; those that cannot be had yet (a chip that is not there, a stationd
    // without us that still holds them) are asked for again every second. An error: settings or socket cannot be used.
    std::expected<void, std::vector<Error>> start(const std::string& socket_path);

 private:
    struct Output {
        SafeOutput safe;
        UniqueFd line;  // none: not to be had so far
    };

    Mono next_deadline() const override;
    void advance(Now now) override;
    std::expected<std::vector<SafeOutput>, std::vector<Error>> read_outputs();
    void adopt(const std::vector<SafeOutput>& wanted);
    void take_missing();
    void drive_safe();
    std::size_t held() const;
    void accept();
    Result<void> hand_over(int socket) const;
    void hear();
    void disconnected();
    void say_what_is_held();

    SdEventLoop& loop_;
    Files& files_;
    const std::string settings_path_;
    const Tell tell_;
    GpioChips chips_{failsafe_consumer};
    std::vector<Output> outputs_;  // locks first
    std::optional<Error> refused_;  // told last
    Mono retry_at_ = Mono::min();
    UniqueFd listening_;
    UniqueFd connection_;
    std::unique_ptr<FdWatch> listening_watch_;
    std::unique_ptr<FdWatch> connection_watch_;
    Mono silent_at_ = never;  // stationd that is connected, once it has said something: its start may take longer
};

}  // namespace yizhan
