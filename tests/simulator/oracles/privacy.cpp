// No ID number anywhere in what the station says or keeps: messages, journal, replies to tools, files.
#include <algorithm>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Privacy final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "privacy"; }

    void on_message(const simulated::BrokerMessage& message) override { look(message.payload); }
    void on_trouble(const Error& error) override {
        look(error.what);
        look(error.cure);
    }
    void on_reply(std::string_view text) override { look(text); }
    void at_end(Mono) override {
        for (const std::string& path : scene_.station.disk.paths()) look(scene_.station.disk.contents(path));
    }

 private:
    // Every card of this world is of region 999999.
    void look(std::string_view text) {
        for (auto at = text.find(region); at != text.npos; at = text.find(region, at + 1)) {
            const auto digits = text.substr(at, 17);
            if (digits.size() == 17 && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
                wrong("an ID number left the station");
            }
        }
    }
    static constexpr std::string_view region = "999999";
};

}  // namespace

std::unique_ptr<Oracle> privacy(const Scene& scene) { return std::make_unique<Privacy>(scene); }

}  // namespace yizhan::simulator
