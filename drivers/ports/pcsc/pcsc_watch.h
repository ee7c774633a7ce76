#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "drivers/ports/pcsc/pcsc_session.h"
#include "hal/credential.h"

namespace yizhan {

// The thread's work: watches one reader until the session is to stop.
class PcscWatch {
 public:
    explicit PcscWatch(PcscSession& session) : session_(session) {}
    void run();

 private:
    // The library's codes, handles and states, by their width: winscard.h is for .cpp files.
    using Code = long;
    using Context = long;
    using State = unsigned long;

    Code watch(Context context);  // until that is of no use any more, or to stop
    Code find_reader(Context context);
    Code wait_for_change(Context context);
    void take(State state, Context context);
    void lose(std::string why);
    Credential read_uid(Context context) const;

    PcscSession& session_;
    bool worked_ = false;  // pcscd answered since the last pause
    std::string reader_;  // its full name; empty: none
    State state_ = 0;  // as the library knows it
    bool card_ = false;
    State card_count_ = 0;  // of comings and goings, when the card came
    std::string why_;  // there is no reader, as told
};

}  // namespace yizhan
