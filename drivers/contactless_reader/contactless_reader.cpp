#include "drivers/contactless_reader/contactless_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hal/check.h"

namespace yizhan {
namespace {

bool is_random(std::span<const std::byte> uid) { return uid.size() == 4 && uid[0] == std::byte{0x08}; }

Credential transformed(std::span<const std::byte> uid, const UidTransform& transform) {
    std::array<std::byte, longest_uid> bytes{};
    std::ranges::copy(uid, bytes.begin());
    const auto all = std::span(bytes).first(uid.size());
    if (transform.reverse) std::ranges::reverse(all);
    const bool cut = transform.low_bytes != 0 && transform.low_bytes < all.size();
    const Credential card(CredentialKind::card_uid, cut ? all.last(transform.low_bytes) : all);
    for (auto& byte : bytes) *static_cast<volatile std::byte*>(&byte) = std::byte{0};
    return card;
}

}  // namespace

ContactlessReader::ContactlessReader(std::unique_ptr<ContactlessPort> port, UidTransform transform)
    : port_(std::move(port)), transform_(transform) {
    YZ_CHECK(port_ != nullptr);
}

void ContactlessReader::start(CardReaderListener& listener, Now) {
    YZ_CHECK(listener_ == nullptr);
    listener_ = &listener;
    port_->start(*this);
}

void ContactlessReader::on_attached(Now now) {
    why_detached_.clear();
    failures_in_a_row_ = 0;
    remove_at_ = now.mono + settling;
    set_health(ReaderHealth::online, now);
}

void ContactlessReader::on_detached(std::string_view why, Now now) {
    why_detached_ = why;
    remove_at_ = never;
    if (presence_ == Presence::refused) remove(now);
    set_health(ReaderHealth::offline, now);
}

void ContactlessReader::on_card(std::span<const std::byte> uid, Now now) {
    YZ_CHECK(uid.size() <= longest_uid);
    if (uid.empty()) {
        refuse(Outcome::unreadable, now);
        if (failures_in_a_row_ < failures_to_degrade) ++failures_in_a_row_;
        if (failures_in_a_row_ == failures_to_degrade) set_health(ReaderHealth::degraded, now);
        return;
    }
    failures_in_a_row_ = 0;
    if (is_random(uid)) {
        refuse(Outcome::card_changes_its_number, now);
    } else {
        report(transformed(uid, transform_), now);
    }
    set_health(ReaderHealth::online, now);
}

void ContactlessReader::report(const Credential& card, Now now) {
    remove_at_ = never;
    if (presence_ == Presence::card && present_ == card) return;
    if (presence_ == Presence::card) remove(now);
    presence_ = Presence::card;
    present_ = card;
    ++counts_.cards;
    listener_->on_card(*this, {.credential = present_, .genuine = false, .validity = std::nullopt}, now);
}

// A card that was read and does not tell its UID again for a moment (its edge of the field) is the same card.
void ContactlessReader::refuse(Outcome why, Now now) {
    remove_at_ = never;
    if (presence_ == Presence::refused || (presence_ == Presence::card && why == Outcome::unreadable)) return;
    if (presence_ == Presence::card) remove(now);
    presence_ = Presence::refused;
    ++counts_.refused;
    listener_->on_card_refused(*this, why, now);
}

void ContactlessReader::on_removed(Now now) { remove_at_ = now.mono + bounce; }

void ContactlessReader::advance(Now now) {
    if (now.mono >= next_deadline()) remove(now);
}

void ContactlessReader::remove(Now now) {
    presence_ = Presence::nobody;
    present_ = Credential();
    remove_at_ = never;
    listener_->on_card_removed(*this, now);
}

void ContactlessReader::set_health(ReaderHealth health, Now now) {
    if (health_ == health) return;
    health_ = health;
    listener_->on_health(*this, health, now);
}

ReaderStatus ContactlessReader::status() const {
    ReaderStatus status = counts_;
    status.health = health_;
    status.identity = port_->identity();
    status.verdict = why_detached_;
    if (status.verdict.empty() && failures_in_a_row_ > 0) {
        status.verdict =
            "the last cards told no UID: this reader may be for another kind of card (an ID card needs an "
            "ID-card reader)";
    }
    return status;
}

}  // namespace yizhan
