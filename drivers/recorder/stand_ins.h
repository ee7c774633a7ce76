// Which of a few invented credentials stands for a real one, so that a driver that plays a recording finds two equal
// where the driver of the station did.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "hal/credential.h"
#include "hal/time.h"

namespace yizhan {

// Knows real credentials only for as long as a driver compares the next one with them: who came again an hour later is
// nobody's business. They are wiped when they are forgotten.
class StandIns {
 public:
    static constexpr std::size_t most = 6;  // the oldest one goes
    // Longer than any driver compares: TextReader::quiet, ContactlessReader::settling.
    static constexpr milliseconds memory{5000};

    // 1 to `most`, in turn; the same one while `card` is known. Everything stays known until it says otherwise.
    std::size_t of(const Credential& card);
    // Nothing is known any more from then on, unless it is put off; `never`: whatever is known stays.
    void forget_at(Mono when) { forget_at_ = when; }
    void advance(Mono now);

 private:
    std::array<std::optional<Credential>, most> known_;
    std::size_t next_ = 0;
    Mono forget_at_ = never;
};

}  // namespace yizhan
