// No number of anybody's card in what the station says or keeps: messages, journals, replies to tools, files.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <string>
#include <unordered_set>

#include "tests/simulator/card.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

// Whole files are read, over and over: a call for each byte is a fifth of a world's time.
constexpr std::array<bool, 256> part_of_word = [] {
    std::array<bool, 256> part{};
    for (const char c : std::string_view("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        part[static_cast<unsigned char>(c)] = true;
    }
    return part;
}();

class Privacy final : public Oracle {
 public:
    explicit Privacy(const Scene& scene) : Oracle(scene) {
        for (unsigned owner = 0; owner < scene.options.people; ++owner) learn(owner);
        learn(some_stranger);
    }
    std::string_view name() const override { return "privacy"; }

    void on_message(const simulated::BrokerMessage& message) override { look(message.payload, message.topic); }
    void on_trouble(const Error& error) override {
        look(error.what, "a journal");
        look(error.cure, "a journal");
    }
    void on_reply(std::string_view text) override { look(text, "a reply"); }
    // Before a start or an end takes any of them away.
    void on_died(Mono) override { look_at_disk(); }
    void at_end(Mono) override { look_at_disk(); }

 private:
    // The 17 digits before the one that checks them.
    static constexpr std::size_t id_digits = 17;
    static constexpr std::string_view region = "999999";  // of every ID card of these worlds

    // As anything might write it.
    void learn(unsigned owner) {
        const std::string id = card_of(CardForm::id_card, owner).credential;
        id_numbers_.insert(id.substr(id.find(':') + 1, id_digits));
        for (const CardForm form : {CardForm::wiegand26, CardForm::wiegand34}) {
            const auto number = card_of(form, owner).number;
            numbers_.insert(fmt::format("{}", number));
            for (const auto order : {number, std::byteswap(number)}) {
                numbers_.insert(fmt::format("{:x}", order));
                numbers_.insert(fmt::format("{:08x}", order));
            }
        }
    }
    void look_at_disk() {
        for (const std::string& path : scene_.station.disk.paths()) look(scene_.station.disk.contents(path), path);
    }
    // Word by word: inside of a longer one, like the random number of a visit, any may be found.
    void look(std::string_view text, std::string_view where) {
        const auto is_part = [](char c) { return part_of_word[static_cast<unsigned char>(c)]; };
        for (auto at = std::ranges::find_if(text, is_part); at != text.end();) {
            const auto end = std::find_if_not(at, text.end(), is_part);
            look_at_word({at, end}, where);
            at = std::find_if(end, text.end(), is_part);
        }
    }
    void look_at_word(std::string_view word, std::string_view where) {
        constexpr std::size_t shortest = 6;
        constexpr std::size_t longest = 9;
        if (word.size() >= shortest && word.size() <= longest) {
            word_.assign(word);
            for (char& c : word_) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            if (numbers_.contains(word_)) tell(where);
        }
        if (word.size() < id_digits) return;
        for (auto at = word.find(region); at != word.npos; at = word.find(region, at + 1)) {
            word_.assign(word.substr(at, id_digits));
            if (id_numbers_.contains(word_)) tell(where);
        }
    }
    void tell(std::string_view where) { wrong(fmt::format("the number of a card left the station: {}", where)); }

    std::unordered_set<std::string> id_numbers_;
    std::unordered_set<std::string> numbers_;  // of all other cards
    std::string word_;
};

}  // namespace

std::unique_ptr<Oracle> privacy(const Scene& scene) { return std::make_unique<Privacy>(scene); }

}  // namespace yizhan::simulator
