#include "drivers/simulated/keyboard.h"

#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {

class Keyboard::Plug final : public KeyPort {
 public:
    explicit Plug(Keyboard& keyboard) : keyboard_(keyboard) {}
    ~Plug() override { keyboard_.listener_ = nullptr; }
    void start(KeyPortListener& listener) override {
        YZ_CHECK(keyboard_.listener_ == nullptr);
        keyboard_.listener_ = &listener;
        keyboard_.told_ = false;
        keyboard_.typed_.clear();
    }

 private:
    Keyboard& keyboard_;
};

std::unique_ptr<KeyPort> Keyboard::open() { return std::make_unique<Plug>(*this); }

void Keyboard::type(std::string_view text) {
    if (listener_ != nullptr && plugged_) typed_ += text;
}

Mono Keyboard::next_deadline() const {
    const bool news = plugged_ != told_ || !typed_.empty();
    return listener_ != nullptr && news ? Mono::min() : never;
}

void Keyboard::advance(Now now) {
    if (listener_ == nullptr) return;
    if (plugged_ && !std::exchange(told_, true)) listener_->on_attached(now);
    if (!typed_.empty()) {
        spoke_at_ = now.mono;
        listener_->on_typed(std::exchange(typed_, {}), now);
    }
    if (!plugged_ && std::exchange(told_, false)) listener_->on_detached("unplugged", now);
}

}  // namespace yizhan::simulated
