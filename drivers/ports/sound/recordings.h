// The sentences of a station, in memory: nobody waits for a disk while a person stands before a door.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hal/error.h"
#include "hal/file.h"
#include "hal/outcome.h"

namespace yizhan {

class Recordings {
 public:
    // Reads <directory>/<zh|en>/<outcome code>.wav for every outcome that has words: at most 70 files, and
    // longest_wave each. What cannot be read or is no such file stays silent, and is in errors(). Blocks on files:
    // before the loop runs.
    Recordings(Files& files, const std::string& directory, std::span<const Language> languages);

    // Fails where there is none.
    Result<std::span<const std::int16_t>> of(Outcome outcome, Language language) const;
    // Each names its file.
    const std::vector<Error>& errors() const { return errors_; }

 private:
    static std::size_t index_of(Outcome outcome, Language language) {
        return static_cast<std::size_t>(outcome) * language_count + static_cast<std::size_t>(language);
    }

    std::array<std::vector<std::int16_t>, outcome_count * language_count> samples_;  // empty: none
    std::string directory_;
    std::vector<Error> errors_;
};

}  // namespace yizhan
