// Contactless readers behind pcscd, which knows the quirks of hundreds of them.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "drivers/ports/contactless.h"
#include "drivers/ports/pcsc/pcsc_session.h"
#include "hal/event_loop.h"

namespace yizhan {

// One reader. libpcsclite waits, so it has a thread of its own here, which also finds the reader, asks for UIDs, and
// connects to pcscd anew (after 1 s, doubling to 30 s) when that is gone.
class PcscPort final : public ContactlessPort {
 public:
    static constexpr milliseconds patience{2000};  // at the end, with a library that hangs

    // `reader`: its name, or a part of it. The loop outlives the port.
    PcscPort(EventLoop& loop, std::string reader) : session_(std::make_shared<PcscSession>(loop, std::move(reader))) {}
    PcscPort(const PcscPort&) = delete;
    PcscPort& operator=(const PcscPort&) = delete;
    ~PcscPort() override;

    void start(ContactlessListener& listener) override;
    std::string identity() const override { return session_->attached_name(); }

 private:
    std::shared_ptr<PcscSession> session_;
    std::thread thread_;
};

class PcscPorts final : public ContactlessPorts {
 public:
    // The loop outlives the ports.
    explicit PcscPorts(EventLoop& loop) : loop_(loop) {}
    Result<std::unique_ptr<ContactlessPort>> open_contactless(const std::string& name) override;

 private:
    EventLoop& loop_;
};

}  // namespace yizhan
