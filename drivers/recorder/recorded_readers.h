// Ports of readers that tell cards or type, written down: see recorded_ports.h.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "drivers/ports/contactless.h"
#include "drivers/ports/key_port.h"
#include "drivers/recorder/recorder.h"

namespace yizhan {

class RecordedContactlessPort final : public ContactlessPort, private ContactlessListener {
 public:
    // The recorder outlives it.
    RecordedContactlessPort(std::unique_ptr<ContactlessPort> port, Recorder& recorder, const std::string& name)
        : recorder_(recorder), source_(recorder.add(name, Recorder::Kind::cards)), port_(std::move(port)) {}

    void start(ContactlessListener& listener) override;
    std::string identity() const override { return port_->identity(); }

 private:
    void on_attached(Now now) override;
    void on_detached(std::string_view why, Now now) override;
    void on_card(std::span<const std::byte> uid, Now now) override;
    void on_removed(Now now) override;

    Recorder& recorder_;
    const Recorder::Source source_;
    std::unique_ptr<ContactlessPort> port_;
    ContactlessListener* listener_ = nullptr;
};

class RecordedContactlessPorts final : public ContactlessPorts {
 public:
    // Both outlive it and its ports.
    RecordedContactlessPorts(ContactlessPorts& ports, Recorder& recorder) : ports_(ports), recorder_(recorder) {}
    Result<std::unique_ptr<ContactlessPort>> open_contactless(const std::string& name) override;

 private:
    ContactlessPorts& ports_;
    Recorder& recorder_;
};

class RecordedKeyPort final : public KeyPort, private KeyPortListener {
 public:
    // The recorder outlives it.
    RecordedKeyPort(std::unique_ptr<KeyPort> port, Recorder& recorder, const std::string& name)
        : recorder_(recorder), source_(recorder.add(name, Recorder::Kind::keys)), port_(std::move(port)) {}

    void start(KeyPortListener& listener) override;
    std::string identity() const override { return port_->identity(); }

 private:
    void on_attached(Now now) override;
    void on_detached(std::string_view why, Now now) override;
    void on_typed(std::string_view text, Now now) override;

    Recorder& recorder_;
    const Recorder::Source source_;
    std::unique_ptr<KeyPort> port_;
    KeyPortListener* listener_ = nullptr;
};

class RecordedKeyPorts final : public KeyPorts {
 public:
    // Both outlive it and its ports.
    RecordedKeyPorts(KeyPorts& ports, Recorder& recorder) : ports_(ports), recorder_(recorder) {}
    Result<std::unique_ptr<KeyPort>> open_keyboard(const std::string& device) override;

 private:
    KeyPorts& ports_;
    Recorder& recorder_;
};

}  // namespace yizhan
