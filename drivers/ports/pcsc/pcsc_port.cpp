#include "drivers/ports/pcsc/pcsc_port.h"

#include <string_view>
#include <utility>

#include "drivers/ports/all_signals_blocked.h"
#include "drivers/ports/pcsc/pcsc_watch.h"
#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::string_view scheme = "pcsc:";

}  // namespace

void PcscPort::start(ContactlessListener& listener) {
    YZ_CHECK(!thread_.joinable());
    session_->start(listener);
    const AllSignalsBlocked blocked;
    thread_ = std::thread([session = session_] {
        PcscWatch(*session).run();
        session->ended();
    });
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
