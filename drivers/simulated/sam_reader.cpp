#include "drivers/simulated/sam_reader.h"

#include <algorithm>
#include <utility>

#include "drivers/simulated/sam_reader_frame.h"
#include "hal/check.h"

namespace yizhan::simulated {
namespace {

using enum SamReaderFault::Kind;

}  // namespace

void SamReader::present(SimulatedCard card) {
    card_ = std::move(card);
    state_ = State::idle;
    latched_ = false;
    misses_ = knobs_.misses_at_first;
}

void SamReader::remove() {
    card_.reset();
    state_ = State::idle;
    latched_ = false;
}

void SamReader::detach() {
    plugged_ = false;
    leaving_ = true;
}

std::uint64_t SamReader::asked(std::uint16_t request) const {
    const auto found = asked_.find(request);
    return found == asked_.end() ? 0 : found->second;
}

Mono SamReader::next_deadline() const {
    if (!port_.started()) return never;
    // A request, a reset or a plug carries no time: it is dealt with in the next turn, whenever that is.
    if (leaving_ || port_.has_request() || port_.reset_asked()) return last_turn_;
    if (plugged_ && !port_.attached() && !attach_at_) return last_turn_;
    Mono next = never;
    if (attach_at_) next = std::min(next, *attach_at_);
    if (work_) next = std::min(next, work_->due);
    if (!outbox_.empty()) next = std::min(next, outbox_.front().at);
    return next;
}

void SamReader::advance(Now now) {
    last_turn_ = now.mono;
    if (!port_.started()) return;
    const bool reset = port_.take_reset();
    if (std::exchange(leaving_, false)) {
        if (port_.attached()) go_away("unplugged", now);
        attach_at_.reset();
    } else if (reset && port_.attached()) {
        go_away("reset", now);
        attach_at_ = now.mono + knobs_.reattach_takes;
    }
    if (plugged_ && !port_.attached()) {
        if (!attach_at_) attach_at_ = now.mono;
        if (*attach_at_ <= now.mono) come_back(now);
    }
    take_requests(now);
    finish_work(now);
    speak(now);
}

void SamReader::go_away(std::string_view why, Now now) {
    inbox_.clear();
    work_.reset();
    outbox_.clear();
    free_at_ = Mono{};
    state_ = State::idle;
    latched_ = false;
    if (std::exchange(hung_, false)) faulted_at_ = last_turn_;
    ++times_gone_;
    port_.detach(why, now);
}

void SamReader::come_back(Now now) {
    attach_at_.reset();
    awake_at_ = now.mono + knobs_.boot_takes;
    port_.attach(now);
}

void SamReader::take_requests(Now now) {
    if (auto request = port_.take_request()) {
        const bool awake = now.mono >= awake_at_;
        if (const std::uint16_t code = sam_request_code(*request); code != 0) ++asked_[code];
        if (awake && inbox_.size() < longest_queue) inbox_.push_back(std::move(*request));
    }
    start_work(now);
}

void SamReader::start_work(Now now) {
    while (!work_ && !inbox_.empty()) {
        Bytes request = std::move(inbox_.front());
        inbox_.pop_front();
        const auto wrong = fault_in_sam_request(request);
        if (!wrong) continue;
        if (*wrong != 0) {
            say(sam_reply_frame(*wrong), std::nullopt, now);
            continue;
        }
        const std::uint16_t code = sam_request_code(request);
        const milliseconds takes = duration_of(code);
        work_ = Work{std::move(request), code, std::max(now.mono, free_at_) + takes};
    }
}

void SamReader::finish_work(Now now) {
    // Requests that take no time follow one another at once.
    for (std::size_t i = 0; i <= longest_queue && work_ && work_->due <= now.mono; ++i) {
        const Work work = std::move(*work_);
        work_.reset();
        const auto fault = fault_for(work.code);
        hung_ = hung_ || (fault && fault->kind == hung);
        if (hung_) continue;
        if (fault && fault->kind == lost) {
            go_away("lost", now);
            attach_at_ = now.mono + fault->delay;
            return;
        }
        const bool refused = fault && fault->kind == status;
        const bool mistaken = fault && fault->kind == wrong_command;
        say(refused    ? sam_reply_frame(static_cast<std::uint8_t>(fault->value))
            : mistaken ? sam_reply_frame(0x90, std::as_bytes(std::span(knobs_.sam_id)))
                       : execute(work),
            fault, now);
        start_work(now);
    }
}

void SamReader::speak(Now now) {
    while (!outbox_.empty() && outbox_.front().at <= now.mono && port_.attached()) {
        const Bytes bytes = std::move(outbox_.front().bytes);
        outbox_.pop_front();
        spoke_at_ = now.mono;
        port_.deliver(bytes, now);
    }
}

// --- what it does

SamReader::Bytes SamReader::execute(const Work& work) {
    switch (work.code) {
        case 0x10FF:
            state_ = State::idle;
            latched_ = false;
            return sam_reply_frame(0x90);
        case 0x11FF:
            return sam_reply_frame(0x90);
        case 0x12FF:
            return sam_reply_frame(0x90, std::as_bytes(std::span(knobs_.sam_id)));
        case 0x2001:
            return find();
        case 0x2002:
            return select();
        case 0x3001:
            return read(false);
        case 0x3010:
            return read(true);
        case 0x3003:
            return new_address();
        case 0x3005:
            return management();
        case 0x6000:
        case 0x6001:
        case 0x6002:
        case 0x6003:
        case 0x6004:
            return sam_reply_frame(0x90);
        case 0x61FF:
            return sam_reply_frame(
                work.request.size() == 11 && std::to_integer<unsigned>(work.request[9]) >= 24 ? 0x90 : 0x21);
        default:
            return sam_reply_frame(0x21);
    }
}

SamReader::Bytes SamReader::find() {
    if (!card_ || latched_ || knobs_.antenna_dead) return sam_reply_frame(0x80);
    if (misses_ > 0) {
        --misses_;
        return sam_reply_frame(0x80);
    }
    flickered_ = knobs_.flickers > 0 && !flickered_ && draw() % knobs_.flickers == 0;
    if (flickered_) return sam_reply_frame(0x80);
    state_ = State::found;
    return sam_reply_frame(0x9F, std::array<std::byte, 4>{});
}

SamReader::Bytes SamReader::select() {
    if (!card_ || state_ != State::found) return sam_reply_frame(0x81);
    state_ = State::idle;
    if (card_->select_fails != 0) return sam_reply_frame(card_->select_fails);
    state_ = State::selected;
    return sam_reply_frame(0x90, std::array<std::byte, 8>{});
}

SamReader::Bytes SamReader::read(bool with_fingerprint) {
    if (!card_ || state_ != State::selected) return sam_reply_frame(0x41);
    state_ = State::idle;
    if (card_->read_fails != 0) return sam_reply_frame(card_->read_fails);
    state_ = State::read;
    latched_ = knobs_.latches;
    const std::size_t photo_size = 1024;
    const std::size_t fingerprint_size = card_->fingerprint_bytes;
    Bytes data{std::byte{1}, std::byte{0}, std::byte{4}, std::byte{0}};
    if (with_fingerprint) {
        data.push_back(static_cast<std::byte>(fingerprint_size >> 8));
        data.push_back(static_cast<std::byte>(fingerprint_size & 0xFF));
    }
    const IdTextBlock text = card_->text();
    data.insert(data.end(), text.begin(), text.end());
    data.resize(data.size() + photo_size + (with_fingerprint ? fingerprint_size : 0));
    return sam_reply_frame(0x90, data);
}

bool SamReader::card_is_selected() const { return card_ && (state_ == State::selected || state_ == State::read); }

SamReader::Bytes SamReader::new_address() const {
    if (!knobs_.knows_new_address) return sam_reply_frame(0x21);
    if (!card_ || !card_is_selected()) return sam_reply_frame(0x41);
    if (card_->new_addresses.empty()) return sam_reply_frame(0x91);
    Bytes data;
    for (std::size_t i = 0; i < std::min<std::size_t>(4, card_->new_addresses.size()); ++i) {
        std::u16string address = card_->new_addresses[i];
        address.resize(35, u' ');
        for (const char16_t unit : address) {
            data.push_back(static_cast<std::byte>(unit & 0xFF));
            data.push_back(static_cast<std::byte>(unit >> 8));
        }
    }
    return sam_reply_frame(0x90, data);
}

SamReader::Bytes SamReader::management() const {
    if (!knobs_.knows_management) return sam_reply_frame(0x21);
    if (!card_is_selected()) return sam_reply_frame(0x41);
    Bytes data(4);
    for (unsigned i = 1; i <= 8; ++i) data.push_back(static_cast<std::byte>(i));
    for (unsigned i = 0; i < 16; ++i) data.push_back(static_cast<std::byte>(0xA0 + i));
    return sam_reply_frame(0x90, data);
}

// --- how it says it

void SamReader::say(Bytes reply, const std::optional<SamReaderFault>& fault, Now now) {
    Mono at = now.mono;
    if (fault) {
        switch (fault->kind) {
            case no_reply:
                return;
            case late_reply:
                at += fault->delay;
                free_at_ = at;
                break;
            case garbage_before: {
                Bytes garbage;
                for (unsigned i = 0; i < fault->value; ++i) {
                    // Preamble bytes mostly, so that there are false starts; never a whole preamble.
                    garbage.push_back(draw() % 3 == 0 ? static_cast<std::byte>(draw() & 0x7F) : std::byte{0xAA});
                }
                reply.insert(reply.begin(), garbage.begin(), garbage.end());
                break;
            }
            case truncated:
                reply.resize(std::min<std::size_t>(fault->value, reply.size()));
                break;
            case bad_checksum:
                reply.back() ^= std::byte{0x5A};
                break;
            case bad_length:
                reply[5] = static_cast<std::byte>(fault->value >> 8);
                reply[6] = static_cast<std::byte>(fault->value & 0xFF);
                break;
            case wrong_command:
            case status:
            case lost:
            case hung:
                break;
        }
    }
    for (std::size_t from = 0; from < reply.size();) {
        std::size_t size = reply.size() - from;
        if (knobs_.split_header && from == 0) size = std::min(size, sam_header_size);
        if (knobs_.chunk > 0) size = std::min(size, knobs_.chunk);
        const auto begin = reply.begin() + static_cast<std::ptrdiff_t>(from);
        // Mostly the last one.
        auto place = outbox_.end();
        while (place != outbox_.begin() && std::prev(place)->at > at) --place;
        outbox_.insert(place, Outgoing{at, Bytes(begin, begin + static_cast<std::ptrdiff_t>(size))});
        from += size;
        at += knobs_.chunk_gap;
    }
}

std::optional<SamReaderFault> SamReader::fault_for(std::uint16_t code) {
    const auto match = std::find_if(faults_.begin(), faults_.end(), [code](const SamReaderFault& fault) {
        return fault.request == 0 || fault.request == code;
    });
    if (match == faults_.end()) return std::nullopt;
    const SamReaderFault fault = *match;
    faulted_at_ = last_turn_;
    if (--match->times <= 0) faults_.erase(match);
    return fault;
}

milliseconds SamReader::duration_of(std::uint16_t code) {
    const milliseconds usual = [&] {
        switch (code) {
            case 0x10FF:
                return knobs_.reset_takes;
            case 0x2001:
                return knobs_.find_takes;
            case 0x2002:
                return knobs_.select_takes;
            case 0x3001:
                return knobs_.read_takes;
            case 0x3010:
                return knobs_.read_takes + knobs_.fingerprint_takes;
            case 0x3003:
            case 0x3005:
                return knobs_.address_takes;
            default:
                return knobs_.sam_takes;
        }
    }();
    if (knobs_.jitter_percent == 0) return usual;
    YZ_CHECK(knobs_.jitter_percent > 0 && knobs_.jitter_percent <= 100);
    const auto width = 2 * static_cast<std::uint64_t>(knobs_.jitter_percent) + 1;
    const auto percent = static_cast<std::int64_t>(draw() % width) + 100 - knobs_.jitter_percent;
    return usual * percent / 100;
}

// splitmix64
std::uint64_t SamReader::draw() {
    random_ += 0x9E3779B97F4A7C15;
    std::uint64_t z = random_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

}  // namespace yizhan::simulated
