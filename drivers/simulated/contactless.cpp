#include "drivers/simulated/contactless.h"

#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {

class Contactless::Plug final : public ContactlessPort {
 public:
    explicit Plug(Contactless& reader) : reader_(reader) {}
    ~Plug() override { reader_.listener_ = nullptr; }
    void start(ContactlessListener& listener) override {
        YZ_CHECK(reader_.listener_ == nullptr);
        reader_.listener_ = &listener;
        reader_.told_attached_ = false;
        reader_.told_card_ = false;
        reader_.fresh_ = reader_.card_.has_value();
    }

 private:
    Contactless& reader_;
};

std::unique_ptr<ContactlessPort> Contactless::open() { return std::make_unique<Plug>(*this); }

void Contactless::present(std::span<const std::byte> uid) {
    card_.emplace(uid.begin(), uid.end());
    fresh_ = true;
}

Mono Contactless::next_deadline() const {
    const bool card_news = plugged_ && (fresh_ || told_card_ != card_.has_value());
    return listener_ != nullptr && (plugged_ != told_attached_ || card_news) ? Mono::min() : never;
}

void Contactless::advance(Now now) {
    if (listener_ == nullptr) return;
    if (plugged_ && !std::exchange(told_attached_, true)) listener_->on_attached(now);
    const bool gone = !plugged_ || !card_ || fresh_;
    if (gone && std::exchange(told_card_, false)) listener_->on_removed(now);
    if (!plugged_) {
        fresh_ = card_.has_value();
        if (std::exchange(told_attached_, false)) listener_->on_detached("unplugged", now);
        return;
    }
    if (card_ && std::exchange(fresh_, false)) {
        told_card_ = true;
        spoke_at_ = now.mono;
        listener_->on_card(*card_, now);
    }
    if (!card_) fresh_ = false;
}

}  // namespace yizhan::simulated
