#include "drivers/ports/pcsc/pcsc_port.h"

#include <csignal>
#include <string_view>
#include <utility>

#include "drivers/ports/pcsc/pcsc_watch.h"
#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::string_view scheme = "pcsc:";

}  // namespace

void PcscPort::start(ContactlessListener& listener) {
    YZ_CHECK(!thread_.joinable());
    session_->start(listener);
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    YZ_CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);  // the thread inherits it
    thread_ = std::thread([session = session_] {
        PcscWatch(*session).run();
        session->ended();
    });
    YZ_CHECK(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
}

PcscPort::~PcscPort() {
    if (!thread_.joinable()) return;
    if (session_->stop(patience)) {
        thread_.join();
    } else {
        thread_.detach();
    }
}

Result<std::unique_ptr<ContactlessPort>> PcscPorts::open_contactless(const std::string& name) {
    if (!name.starts_with(scheme) || name.size() == scheme.size()) {
        return failure("port " + name + " is no PC/SC reader", "write pcsc: and the reader's name, or a part of it");
    }
    return std::make_unique<PcscPort>(loop_, name.substr(scheme.size()));
}

}  // namespace yizhan
