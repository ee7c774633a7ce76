#include "drivers/text_reader/text_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "hal/check.h"

namespace yizhan {
namespace {

// In the order of TextReader::Fault.
constexpr std::array<std::string_view, 7> fault_names{"none",      "character", "lost",    "too-long",
                                                      "too-short", "no-enter",  "too-soon"};

constexpr std::size_t most_digits = 2;  // of a number

}  // namespace

TextReader::TextReader(std::unique_ptr<KeyPort> port, TextRules rules)
    : port_(std::move(port)), rules_(std::move(rules)) {
    YZ_CHECK(port_ != nullptr);
    YZ_CHECK(!rules_.characters.empty());
    YZ_CHECK(!rules_.numbers || rules_.shortest > most_digits);
    YZ_CHECK(rules_.shortest >= 1 && rules_.shortest <= rules_.longest && rules_.longest <= text_.size());
}

void TextReader::start(CardReaderListener& listener, Now) {
    YZ_CHECK(listener_ == nullptr);
    listener_ = &listener;
    port_->start(*this);
}

void TextReader::on_attached(Now now) {
    why_detached_.clear();
    failures_in_a_row_ = 0;
    set_health(ReaderHealth::online, now);
}

void TextReader::on_detached(std::string_view why, Now now) {
    forget_text();
    why_detached_ = why;
    set_health(ReaderHealth::offline, now);
}

void TextReader::on_typed(std::string_view text, Now now) {
    for (const char typed : text) take(typed, now);
}

void TextReader::take(char typed, Now now) {
    if (typed_ > 0 && now.mono - last_key_ >= pause) end_text(Fault::no_enter, now);
    if (typed == key_enter) {
        // Alone it is the second half of another end of line.
        if (typed_ > 0) end_text(fault_, now);
        return;
    }
    last_key_ = now.mono;
    ++typed_;
    if (fault_ != Fault::none) return;
    if (typed == key_unknown) {
        fault_ = Fault::lost;
    } else if (!rules_.characters.contains(typed)) {
        fault_ = Fault::character;
    } else if (size_ == rules_.longest) {
        fault_ = Fault::too_long;
    } else {
        text_[size_++] = typed;
    }
}

std::optional<unsigned> TextReader::number() const {
    if (!rules_.numbers || size_ == 0 || size_ > most_digits) return std::nullopt;
    unsigned value = 0;
    const char* const end = text_.data() + size_;
    const auto [read, error] = std::from_chars(text_.data(), end, value);
    if (error != std::errc{} || read != end) return std::nullopt;
    return value;
}

void TextReader::end_text(Fault fault, Now now) {
    if (const auto typed_number = fault == Fault::none ? number() : std::nullopt) {
        forget_text();
        listener_->on_number(*this, *typed_number, now);
        return;
    }
    if (fault == Fault::none && size_ < rules_.shortest) fault = Fault::too_short;
    const std::size_t typed = typed_;
    if (fault == Fault::none) {
        const Credential card(CredentialKind::text, std::string_view(text_.data(), size_));
        forget_text();
        accept(card, typed, now);
    } else {
        forget_text();
        reject(fault, typed, now);
    }
}

void TextReader::accept(const Credential& card, std::size_t typed, Now now) {
    const bool still_there = presence_ == Presence::card && now.mono < present_until_;
    if (still_there && present_ != card) return reject(Fault::too_soon, typed, now);
    failures_in_a_row_ = 0;
    if (!told_too_soon_) trouble_ = Fault::none;
    if (!still_there) {
        if (presence_ == Presence::card) remove(now);
        presence_ = Presence::card;
        present_ = card;
        ++counts_.cards;
        listener_->on_card(*this, {.credential = present_, .genuine = false, .validity = std::nullopt}, now);
    }
    present_until_ = now.mono + quiet;
    set_health(ReaderHealth::online, now);
}

void TextReader::reject(Fault fault, std::size_t typed, Now now) {
    ++counts_.bad_frames;
    ++faults_[static_cast<std::size_t>(fault)];
    if (fault == Fault::no_enter) ++counts_.timeouts;
    trouble_ = fault;
    if (typed * 2 < rules_.shortest) return;
    const bool read = fault == Fault::too_soon;  // the reader is well
    if (!read && failures_in_a_row_ < failures_to_degrade) ++failures_in_a_row_;
    if (read ? !std::exchange(told_too_soon_, true) : presence_ == Presence::nobody) {
        if (!read) presence_ = Presence::refused;
        ++counts_.refused;
        listener_->on_card_refused(*this, Outcome::unreadable, now);
    }
    present_until_ = now.mono + quiet;
    if (failures_in_a_row_ == failures_to_degrade) set_health(ReaderHealth::degraded, now);
}

void TextReader::remove(Now now) {
    presence_ = Presence::nobody;
    present_ = Credential();
    told_too_soon_ = false;
    listener_->on_card_removed(*this, now);
}

void TextReader::forget_text() {
    for (char& c : text_) *static_cast<volatile char*>(&c) = 0;
    size_ = 0;
    typed_ = 0;
    fault_ = Fault::none;
}

void TextReader::set_health(ReaderHealth health, Now now) {
    if (health_ == health) return;
    health_ = health;
    listener_->on_health(*this, health, now);
}

Mono TextReader::next_deadline() const {
    const Mono text_ends = typed_ > 0 ? last_key_ + pause : never;
    return std::min(text_ends, presence_ == Presence::nobody ? never : present_until_);
}

void TextReader::advance(Now now) {
    if (typed_ > 0 && now.mono >= last_key_ + pause) end_text(Fault::no_enter, now);
    if (presence_ != Presence::nobody && now.mono >= present_until_) remove(now);
}

ReaderStatus TextReader::status() const {
    ReaderStatus status = counts_;
    status.health = health_;
    status.identity = port_->identity();
    status.verdict = verdict();
    for (std::size_t i = 1; i < faults_.size(); ++i) {
        if (faults_[i] != 0) status.faults.push_back({fault_names[i], faults_[i]});
    }
    return status;
}

std::string TextReader::verdict() const {
    if (!why_detached_.empty()) return why_detached_;
    switch (trouble_) {
        case Fault::none:
            return {};
        case Fault::character:
            return "a text had characters that are not set: check charset in the settings and the reader's layout (US)";
        case Fault::lost:
            return "keys came that type no character: set the reader to a US keyboard, without prefixes and suffixes";
        case Fault::too_long:
            return "a text was longer than max_length: check what the reader adds to the number";
        case Fault::too_short:
            return "a text was shorter than min_length: check the reader's output format";
        case Fault::no_enter:
            return "a text came without Enter: set the reader to end with Enter";
        case Fault::too_soon:
            return "several texts came at once, all but the first are void: set the reader to one line a card";
    }
    return {};
}

}  // namespace yizhan
