#include "drivers/ports/pcsc/pcsc_watch.h"

#include <winscard.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include "drivers/ports/pcsc/reader_choice.h"
#include "drivers/ports/pcsc/uid_exchange.h"

namespace yizhan {
namespace {

static_assert(std::is_same_v<LONG, long> && std::is_same_v<SCARDCONTEXT, long> && std::is_same_v<DWORD, unsigned long>);

constexpr milliseconds shortest_pause{1000};
constexpr milliseconds longest_pause{30000};
// A change between two calls is not always reported by the second one (a reader that came): then it is found so late.
constexpr DWORD longest_wait = 1000;  // ms
constexpr std::size_t longest_list = std::size_t{16} * 1024;  // bytes; pcscd has at most 16 readers of 128
constexpr DWORD no_reader = SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE | SCARD_STATE_IGNORE;

std::string trouble(LONG code) {
    switch (code) {
        case SCARD_E_NO_SERVICE:
        case SCARD_E_SERVICE_STOPPED:
            return "the smart card service does not run: systemctl enable --now pcscd.socket";
        // Which of the three it is does not tell a service that died from one whose polkit rules refuse this user.
        case SCARD_F_COMM_ERROR:
        case SCARD_W_SECURITY_VIOLATION:
        case SCARD_E_NO_ACCESS:
            return "the smart card service hangs up: look at systemctl status pcscd; if it runs, it refuses this user: "
                   "install config/polkit/50-yizhan-pcsc.rules";
        default:
            return std::string("the smart card service fails (") + pcsc_stringify_error(code) +
                   "): look at systemctl status pcscd";
    }
}

class Connection {
 public:
    Connection(SCARDCONTEXT context, const std::string& reader)
        : code_(SCardConnect(context, reader.c_str(), SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card_,
                             &protocol_)) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
        if (good()) SCardDisconnect(card_, SCARD_LEAVE_CARD);
    }
    bool good() const { return code_ == SCARD_S_SUCCESS; }
    UidAnswer ask_uid(std::uint8_t expected) const {
        const auto request = uid_request(expected);
        std::array<std::uint8_t, 258> answer{};
        DWORD size = answer.size();
        const LONG code = SCardTransmit(card_, protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1,
                                        request.data(), request.size(), nullptr, answer.data(), &size);
        const UidAnswer uid = code == SCARD_S_SUCCESS
                                  ? uid_answer(std::span(answer).first(std::min<std::size_t>(size, answer.size())))
                                  : UidAnswer{};
        explicit_bzero(answer.data(), answer.size());
        return uid;
    }

 private:
    SCARDHANDLE card_ = 0;
    DWORD protocol_ = 0;
    LONG code_;
};

}  // namespace

void PcscWatch::run() {
    milliseconds pause = shortest_pause;
    while (!session_.stopping()) {
        Context context = 0;
        Code code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context);
        worked_ = false;
        if (code == SCARD_S_SUCCESS) {
            session_.set_context(context);
            code = watch(context);
            session_.set_context(0);
            SCardReleaseContext(context);
        }
        if (session_.stopping()) return;
        lose(trouble(code));
        if (worked_) pause = shortest_pause;
        session_.wait(pause);
        pause = std::min(pause * 2, longest_pause);
    }
}

PcscWatch::Code PcscWatch::watch(Context context) {
    while (!session_.stopping()) {
        if (const Code code = find_reader(context); code != SCARD_S_SUCCESS) return code;
        worked_ = true;
        if (const Code code = wait_for_change(context); code != SCARD_S_SUCCESS) return code;
    }
    return SCARD_S_SUCCESS;
}

PcscWatch::Code PcscWatch::find_reader(Context context) {
    std::vector<char> names(longest_list);
    DWORD size = longest_list;
    const Code code = SCardListReaders(context, nullptr, names.data(), &size);
    if (code == SCARD_E_NO_READERS_AVAILABLE) size = 0;
    if (code != SCARD_S_SUCCESS && code != SCARD_E_NO_READERS_AVAILABLE) return code;
    // Each name ends with a zero, the list with an empty one.
    std::vector<std::string> readers;
    for (std::size_t at = 0; at < size && names[at] != '\0'; at += readers.back().size() + 1) {
        readers.emplace_back(&names[at], strnlen(&names[at], size - at));
    }
    const auto chosen = choose_reader(session_.reader(), readers);
    if (!chosen) {
        lose(chosen.error().what + ": " + chosen.error().cure);
    } else if (*chosen != reader_) {
        if (!reader_.empty()) lose("another reader is now called \"" + session_.reader() + "\"");
        reader_ = *chosen;
    }
    return SCARD_S_SUCCESS;
}

PcscWatch::Code PcscWatch::wait_for_change(Context context) {
    std::array<SCARD_READERSTATE, 2> states{};
    states[0].szReader = "\\\\?PnP?\\Notification";  // readers that come and go
    states[1].szReader = reader_.c_str();
    states[1].dwCurrentState = state_;
    const Code code = SCardGetStatusChange(context, longest_wait, states.data(), reader_.empty() ? 1 : 2);
    if (code == SCARD_E_UNKNOWN_READER) {
        lose("the reader went away: check plug and cable");
    } else if (code == SCARD_S_SUCCESS && !reader_.empty()) {
        take(states[1].dwEventState, context);
    }
    const bool go_on = code == SCARD_E_TIMEOUT || code == SCARD_E_CANCELLED || code == SCARD_E_UNKNOWN_READER;
    return go_on ? SCARD_S_SUCCESS : code;
}

void PcscWatch::take(State state, Context context) {
    if ((state & no_reader) != 0) return lose("the reader went away: check plug and cable");
    if ((state & SCARD_STATE_CHANGED) == 0) return;
    state_ = state & ~static_cast<State>(SCARD_STATE_CHANGED);
    why_.clear();
    session_.attached(reader_);
    // The upper half counts comings and goings: another card may have come while nobody looked.
    const State count = state >> 16;
    if ((state & SCARD_STATE_PRESENT) == 0) {
        if (std::exchange(card_, false)) session_.removed();
    } else if (!card_ || count != card_count_) {
        card_ = true;
        card_count_ = count;
        session_.card(read_uid(context));
    }
}

void PcscWatch::lose(std::string why) {
    reader_.clear();
    state_ = SCARD_STATE_UNAWARE;
    card_ = false;
    if (why == why_) return;
    why_ = why;
    session_.detached(std::move(why));
}

// A card that was taken away too soon, does not speak, or is in another program's hands tells none: whoever holds it is
// asked to present it again.
Credential PcscWatch::read_uid(Context context) const {
    const Connection connection(context, reader_);
    if (!connection.good()) return {};
    const UidAnswer first = connection.ask_uid(0);
    return first.ask_for ? connection.ask_uid(*first.ask_for).uid : first.uid;
}

}  // namespace yizhan
