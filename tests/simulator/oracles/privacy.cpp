// No ID number anywhere in what the station says or keeps: messages, journal, replies to tools, files.
#include <fmt/format.h>

#include <algorithm>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Privacy final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "privacy"; }

    void on_message(const simulated::BrokerMessage& message) override { look(message.payload, message.topic); }
    void on_trouble(const Error& error) override {
        look(error.what, "the journal");
        look(error.cure, "the journal");
    }
    void on_reply(std::string_view text) override { look(text, "a reply"); }
    void at_end(Mono) override {
        for (const std::string& path : scene_.station.disk.paths()) look(scene_.station.disk.contents(path), path);
    }

 private:
    // Every ID card of these worlds is of region 999999; other numbers begin alike as well (card.cpp).
    void look(std::string_view text, std::string_view where) {
        look(text, "999999", 17, where);
        look(text, "909090", 9, where);
    }
    void look(std::string_view text, std::string_view begin, std::size_t size, std::string_view where) {
        for (auto at = text.find(begin); at != text.npos; at = text.find(begin, at + 1)) {
            const auto is_digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
            std::size_t digits = 0;
            while (digits < size && is_digit(at + digits)) ++digits;
            // As a number of its own: not inside of a longer one, like that of a visit, which is random and
            // hexadecimal or decimal. Behind the 17 digits of an ID card comes one to check them.
            const bool of_id_card = size == 17;
            const auto goes_on = [&](std::size_t i) {
                return is_digit(i) || (!of_id_card && i < text.size() && text[i] >= 'a' && text[i] <= 'f');
            };
            const std::size_t end = at + size + (of_id_card ? 1 : 0);
            const bool alone = !goes_on(end) && (at == 0 || !goes_on(at - 1));
            if (digits == size && alone) wrong(fmt::format("the number of a card left the station: {}", where));
        }
    }
};

}  // namespace

std::unique_ptr<Oracle> privacy(const Scene& scene) { return std::make_unique<Privacy>(scene); }

}  // namespace yizhan::simulator
