// Between the last byte of a card and on_card nothing allocates and nothing is sent.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/unit/id_card_reader/bench.h"
#include "tests/unit/id_card_reader/frames.h"

namespace {
std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t size) {
    ++allocations;
    void* const memory = std::malloc(size > 0 ? size : 1);
    if (memory == nullptr) std::abort();
    return memory;
}
}  // namespace

// The array, nothrow and sized forms end here; nothing in this program asks for more than the usual alignment.
void* operator new(std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace yizhan {
namespace {

using namespace std::chrono_literals;

class CountingListener : public CardReaderListener {
 public:
    explicit CountingListener(simulated::BytePort& port) : port_(port) {}
    void on_card(CardReader&, const CardRead& card, Now) override {
        allocations_at_card = allocations.load();
        sent_before_card = port_.has_request();
        cards += card.genuine ? 1 : 0;
    }
    void on_card_refused(CardReader&, Outcome, Now) override { ++refused; }
    void on_card_removed(CardReader&, Now) override {}
    void on_health(CardReader&, ReaderHealth, Now) override {}

    std::uint64_t allocations_at_card = 0;
    bool sent_before_card = false;
    int cards = 0;
    int refused = 0;

 private:
    simulated::BytePort& port_;
};

TEST(IdCardReaderAllocation, TheCounterCounts) {
    const std::uint64_t before = allocations;
    const auto memory = std::make_unique<std::string>(100, 'x');
    EXPECT_GE(allocations.load(), before + 2) << memory->size();
}

TEST(IdCardReaderAllocation, ReportingACardAllocatesAndSendsNothing) {
    for (const std::size_t last_chunk : {1U, 64U, 1295U}) {
        simulated::BytePort port;
        IdCardReader reader(port, 200ms);
        CountingListener listener(port);
        Now now{.mono = Mono{10s}, .wall = Wall{}, .wall_trusted = false};
        reader.start(listener, now);
        port.attach(now);
        const Bytes replies[] = {
            from_hex("AA AA AA 96 69 00 14 00 00 90 05 00 03 00 D5 AF 34 01 B1 CB 74 00 D2 02 96 49 CC"),
            reply_of(0x9F, Bytes(4)), reply_of(0x90, Bytes(8))};
        for (const Bytes& reply : replies) {
            while (!port.take_request()) {
                now.mono = reader.next_deadline();
                reader.advance(now);
            }
            port.deliver(reply, now);
        }
        ASSERT_TRUE(port.take_request());  // the read
        const Bytes card = resident_reply();
        port.deliver(std::span(card).first(card.size() - last_chunk), now);
        ASSERT_EQ(listener.cards, 0);
        const std::uint64_t before = allocations;
        port.deliver(std::span(card).last(last_chunk), now);
        const std::uint64_t after = allocations;
        EXPECT_EQ(listener.cards, 1);
        EXPECT_EQ(listener.allocations_at_card, before);
        EXPECT_EQ(after, before);
        EXPECT_FALSE(listener.sent_before_card);
        EXPECT_FALSE(port.has_request());
    }
}

}  // namespace
}  // namespace yizhan
