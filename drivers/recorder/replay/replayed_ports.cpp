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

Mono ReplayedBytePort::next_deadline() const { return over() ? never : start_ + events_[next_].at; }

void ReplayedBytePort::advance(Now now) {
    while (next_deadline() <= now.mono) {
        const RecordedEvent& event = events_[next_++];
        if (event.what == RecordedEvent::What::attached) {
            attached_ = true;
            listener_->on_attached(now);
        } else if (event.what == RecordedEvent::What::detached) {
            attached_ = false;
            listener_->on_detached(event.why, now);
        } else if (event.what == RecordedEvent::What::got) {
            listener_->on_bytes(event.bytes, now);
        }
    }
}

Result<bool> ReplayedInputs::level(std::size_t line) const {
    // What is known latest; before anything happened, what the recorded driver read first.
    for (std::size_t i = next_; i-- > 0;) {
        if (events_[i].what == RecordedEvent::What::level) return events_[i].high;
        if (events_[i].what == RecordedEvent::What::edge && events_[i].edge.line == line) return events_[i].edge.rising;
    }
    const auto first = std::ranges::find(events_, RecordedEvent::What::level, &RecordedEvent::what);
    return first == events_.end() || first->high;
}

Mono ReplayedInputs::next_deadline() const { return next_ == events_.size() ? never : start_ + events_[next_].at; }

void ReplayedInputs::advance(Now now) {
    while (next_deadline() <= now.mono) {
        const RecordedEvent& event = events_[next_++];
        if (event.what != RecordedEvent::What::edge) continue;
        Edge edge = event.edge;
        edge.at = start_ + event.at;
        listener_->on_edges(std::span(&edge, 1), now);
    }
}

}  // namespace yizhan
