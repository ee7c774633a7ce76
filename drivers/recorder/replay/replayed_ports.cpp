#include "drivers/recorder/replay/replayed_ports.h"

#include <algorithm>

namespace yizhan {

Result<void> ReplayedBytePort::send(std::span<const std::byte> request) {
    if (!attached_) return failure("replayed port: not attached", "wait for it");
    while (next_request_ < events_.size() && events_[next_request_].what != RecordedEvent::What::sent) ++next_request_;
    if (next_request_ == events_.size() || !std::ranges::equal(events_[next_request_].bytes, request)) {
        ++differences_;
    }
    if (next_request_ < events_.size()) ++next_request_;
    return {};
}

void ReplayedBytePort::play(const RecordedEvent& event, Now now) {
    if (event.what == RecordedEvent::What::attached) {
        attached_ = true;
        listener_->on_attached(now);
    } else if (event.what == RecordedEvent::What::detached) {
        attached_ = false;
        listener_->on_detached(event.text, now);
    } else if (event.what == RecordedEvent::What::got) {
        listener_->on_bytes(event.bytes, now);
    }
}

Result<std::uint64_t> ReplayedInputs::levels() const {
    constexpr std::uint64_t all = ~std::uint64_t{0};
    const auto of = [](bool high) { return high ? all : 0; };
    // What the recorded driver read at this point.
    if (next_ < events_.size() && events_[next_].what == RecordedEvent::What::level) return of(events_[next_].high);
    // What is known latest.
    for (std::size_t i = next_; i-- > 0;) {
        if (events_[i].what == RecordedEvent::What::level) return of(events_[i].high);
        if (events_[i].what == RecordedEvent::What::edge && edges_ == EdgeKind::both) return of(events_[i].edge.rising);
    }
    return all;
}

void ReplayedInputs::play(const RecordedEvent& event, Now now) {
    if (event.what != RecordedEvent::What::edge) return;
    Edge edge = event.edge;
    edge.at = start_ + event.at;
    listener_->on_edges(std::span(&edge, 1), now);
}

void ReplayedContactlessPort::play(const RecordedEvent& event, Now now) {
    if (event.what == RecordedEvent::What::attached) listener_->on_attached(now);
    if (event.what == RecordedEvent::What::detached) listener_->on_detached(event.text, now);
    if (event.what == RecordedEvent::What::card) listener_->on_card(event.bytes, now);
    if (event.what == RecordedEvent::What::removed) listener_->on_removed(now);
}

void ReplayedKeyPort::play(const RecordedEvent& event, Now now) {
    if (event.what == RecordedEvent::What::attached) listener_->on_attached(now);
    if (event.what == RecordedEvent::What::detached) listener_->on_detached(event.text, now);
    if (event.what == RecordedEvent::What::typed) listener_->on_typed(event.text, now);
}

}  // namespace yizhan
