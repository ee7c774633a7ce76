#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/ports/contactless.h"
#include "hal/credential.h"
#include "hal/event_loop.h"
#include "hal/time.h"

namespace yizhan {

// What a port and its thread share. It is owned by both: a thread that hangs in the library is left behind with it.
//
// The thread says how things are; the loop is told the difference to what it knows. So at most one task of a session
// waits in the loop, however fast cards come and readers go.
class PcscSession : public std::enable_shared_from_this<PcscSession> {
 public:
    PcscSession(EventLoop& loop, std::string reader) : reader_(std::move(reader)), loop_(&loop) {}
    PcscSession(const PcscSession&) = delete;
    PcscSession& operator=(const PcscSession&) = delete;

    // What the settings call the reader.
    const std::string& reader() const { return reader_; }

    // --- by the thread.
    void attached(const std::string& name);  // the reader's whole one
    void detached(std::string why);
    void card(const Credential& uid);  // nothing in it: it told none
    void removed();
    bool stopping();
    // Until so long has passed, or it is to stop.
    void wait(milliseconds duration);
    void ended();
    // The library's context that stop() may cancel a call of; 0: none.
    void set_context(long context);

    // --- by the loop.
    void start(ContactlessListener& listener) { listener_ = &listener; }
    std::string attached_name();  // empty: none is attached
    // Nothing is told any more; the thread is asked to end and waited for, at most `patience`. False: it hangs.
    bool stop(milliseconds patience);

 private:
    void wake_loop();
    void tell();

    const std::string reader_;

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    EventLoop* loop_;  // null after stop()
    bool posted_ = false;
    bool attached_ = false;
    std::string name_;  // of the attached reader
    std::optional<std::string> why_;  // news of why it is detached
    std::optional<Credential> came_;  // the newest card that the loop was not told of
    bool card_there_ = false;
    bool stopping_ = false;
    bool ended_ = false;

    std::mutex context_mutex_;  // held while a call is cancelled: the context must not be released meanwhile
    long context_ = 0;

    // Loop only.
    ContactlessListener* listener_ = nullptr;
    bool told_attached_ = false;
    bool told_card_ = false;
};

}  // namespace yizhan
