#include "drivers/recorder/recorded_readers.h"

namespace yizhan {

void RecordedContactlessPort::start(ContactlessListener& listener) {
    listener_ = &listener;
    port_->start(*this);
}

void RecordedContactlessPort::on_attached(Now now) {
    recorder_.note(source_, Recorder::What::attached, {}, now.mono);
    listener_->on_attached(now);
}

void RecordedContactlessPort::on_detached(std::string_view why, Now now) {
    recorder_.note(source_, Recorder::What::detached, std::as_bytes(std::span(why)), now.mono);
    listener_->on_detached(why, now);
}

void RecordedContactlessPort::on_card(std::span<const std::byte> uid, Now now) {
    recorder_.note(source_, Recorder::What::card, uid, now.mono);
    listener_->on_card(uid, now);
}

void RecordedContactlessPort::on_removed(Now now) {
    recorder_.note(source_, Recorder::What::removed, {}, now.mono);
    listener_->on_removed(now);
}

Result<std::unique_ptr<ContactlessPort>> RecordedContactlessPorts::open_contactless(const std::string& name) {
    auto port = ports_.open_contactless(name);
    if (!port) return port;
    return std::make_unique<RecordedContactlessPort>(std::move(*port), recorder_, name);
}

void RecordedKeyPort::start(KeyPortListener& listener) {
    listener_ = &listener;
    port_->start(*this);
}

void RecordedKeyPort::on_attached(Now now) {
    recorder_.note(source_, Recorder::What::attached, {}, now.mono);
    listener_->on_attached(now);
}

void RecordedKeyPort::on_detached(std::string_view why, Now now) {
    recorder_.note(source_, Recorder::What::detached, std::as_bytes(std::span(why)), now.mono);
    listener_->on_detached(why, now);
}

void RecordedKeyPort::on_typed(std::string_view text, Now now) {
    recorder_.note(source_, Recorder::What::typed, std::as_bytes(std::span(text)), now.mono);
    listener_->on_typed(text, now);
}

Result<std::unique_ptr<KeyPort>> RecordedKeyPorts::open_keyboard(const std::string& device) {
    auto port = ports_.open_keyboard(device);
    if (!port) return port;
    return std::make_unique<RecordedKeyPort>(std::move(*port), recorder_, device);
}

}  // namespace yizhan
