#pragma once

#include <pthread.h>

#include <csignal>

#include "hal/check.h"

namespace yizhan {

// Signals are the loop's: a thread that is started while this lives takes none, for it inherits the mask. SIGPIPE,
// which a library's write may raise there, does not end the program either.
class AllSignalsBlocked {
 public:
    AllSignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        YZ_CHECK(pthread_sigmask(SIG_SETMASK, &all, &before_) == 0);
    }
    ~AllSignalsBlocked() { YZ_CHECK(pthread_sigmask(SIG_SETMASK, &before_, nullptr) == 0); }
    AllSignalsBlocked(const AllSignalsBlocked&) = delete;
    AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
    sigset_t before_{};
};

}  // namespace yizhan
