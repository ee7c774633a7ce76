#include "drivers/inputs/debounced_contact.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {

DebouncedContact::DebouncedContact(std::unique_ptr<InputLines> line, bool active_high, milliseconds debounce)
    : line_(std::move(line)), active_high_(active_high), debounce_(debounce) {
    YZ_CHECK(line_ != nullptr);
    YZ_CHECK(debounce >= milliseconds{0} && debounce <= longest_debounce);
}

void DebouncedContact::start(ContactListener& listener, Now now) {
    YZ_CHECK(listener_ == nullptr);
    listener_ = &listener;
    // Edges first: a change between the two is then an edge, not lost.
    line_->start(*this);
    read_anew(now);
    if (!reported_) listener_->on_contact(*this, std::nullopt, now);
}

void DebouncedContact::on_lost(Now now) {
    moving_ = false;
    next_sequence_.reset();
    static_cast<void>(read_level());  // for what it says
    retry_at_ = now.mono + retry_reading;
    if (std::exchange(reported_, std::nullopt)) listener_->on_contact(*this, std::nullopt, now);
}

void DebouncedContact::read_anew(Now now) {
    const auto level = read_level();
    retry_at_ = level ? never : now.mono + retry_reading;
    if (level) report(*level, now);
}

std::optional<bool> DebouncedContact::read_level() {
    auto levels = line_->levels();
    if (levels) {
        reading_failed_.clear();
        return (*levels & 1) != 0;
    }
    reading_failed_ = std::move(levels.error().what);
    return std::nullopt;
}

void DebouncedContact::on_edges(std::span<const Edge> edges, Now now) {
    bool hole = false;
    for (const auto& edge : edges) {
        if (next_sequence_ && edge.sequence != *next_sequence_) {
            ++gaps_;
            hole = true;
        }
        next_sequence_ = edge.sequence + 1;
        // The line had been still for long enough before this edge.
        if (moving_ && edge.at - last_edge_ >= debounce_) settle_level(now);
        moved(edge.rising, edge.at);
    }
    if (!hole) return;
    if (const auto level = read_level(); level && *level != level_) moved(*level, now.mono);
}

void DebouncedContact::moved(bool high, Mono at) {
    if (!moving_) {
        moving_ = true;
        first_edge_ = at;
        last_edge_ = at;
        edges_moving_ = 0;
    }
    level_ = high;
    rest_confirmed_at_ = never;
    doubted_ = false;
    last_edge_ = std::max(last_edge_, at);
    ++edges_moving_;
}

// The line kept level_ for the whole of `debounce`.
void DebouncedContact::settle_level(Now now) {
    moving_ = false;
    const bool change = reported_ != level_;
    bounces_ += edges_moving_ - (change ? 1 : 0);
    if (change) {
        retry_at_ = never;
        report(level_, now);
    }
}

void DebouncedContact::report(bool high, Now now) {
    if (reported_) ++changes_;
    reported_ = high;
    listener_->on_contact(*this, high == active_high_, now);
}

Mono DebouncedContact::next_deadline() const {
    if (!moving_) return retry_at_;
    return rest_confirmed_at_ != never ? rest_confirmed_at_ : last_edge_ + debounce_;
}

void DebouncedContact::advance(Now now) {
    if (now.mono < next_deadline()) return;
    if (!moving_) return read_anew(now);
    if (rest_confirmed_at_ == never) {
        rest_confirmed_at_ = now.mono + one_more_turn;
        return;
    }
    const auto level = read_level();
    // Without a reading the edges are all there is to go by.
    if (!level || *level == level_) return settle_level(now);
    if (std::exchange(doubted_, true)) return moved(*level, now.mono);
    // An edge younger than this turn is still on its way, or one was lost: the next turn knows.
    rest_confirmed_at_ = now.mono + one_more_turn;
}

ContactStatus DebouncedContact::status() const {
    ContactStatus status{.active = reported_ == active_high_,
                         .known = reported_.has_value(),
                         .changes = changes_,
                         .bounces = bounces_,
                         .gaps = gaps_,
                         .verdict = {}};
    if (!reading_failed_.empty()) {
        status.verdict = "its level cannot be read (" + reading_failed_ + "): check that the line is free and present";
    } else if (moving_ && last_edge_ - first_edge_ >= restless_after) {
        status.verdict = "bounces without end: check the contact, its cable and whether the pull-up is fitted";
    }
    return status;
}

}  // namespace yizhan
