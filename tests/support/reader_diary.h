// What a card reader reported, in words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "hal/card_reader.h"
#include "hal/outcome.h"

namespace yizhan::testing {

// Credentials only as whether they are one of those expected.
struct ReaderDiary : CardReaderListener {
    std::vector<Credential> known;
    std::string words;
    std::string take() { return std::exchange(words, {}); }
    void on_card(CardReader&, const CardRead& card, Now) override {
        std::string word = "unknown-card";
        for (std::size_t i = 0; i < known.size(); ++i) {
            if (known[i] == card.credential) word = "card" + std::to_string(i);
        }
        words += word + (card.genuine || card.validity ? " genuine " : " ");
    }
    void on_card_refused(CardReader&, Outcome why, Now) override { words += std::string(text_of(why).code) + " "; }
    void on_number(CardReader&, unsigned number, Now) override { words += "number" + std::to_string(number) + " "; }
    void on_card_removed(CardReader&, Now) override { words += "removed "; }
    void on_health(CardReader&, ReaderHealth health, Now) override {
        static constexpr const char* names[] = {"offline", "starting", "online", "degraded", "failed"};
        words += std::string(names[static_cast<std::size_t>(health)]) + " ";
    }
};

}  // namespace yizhan::testing
