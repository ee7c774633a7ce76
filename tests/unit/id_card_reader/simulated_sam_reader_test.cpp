// The model itself, against the protocol's own vectors: a test bench that is wrong proves nothing.
#include <gtest/gtest.h>

#include "drivers/simulated/sam_reader.h"
#include "tests/unit/id_card_reader/frames.h"

namespace yizhan::simulated {
namespace {

using namespace std::chrono_literals;
using Kind = SamReaderFault::Kind;

class Host : public BytePortListener {
 public:
    Host() {
        port.start(*this);
        sam.knobs().boot_takes = 0ms;
        sam.advance(now());
    }
    void on_attached(Now) override { ++attached; }
    void on_detached(std::string_view, Now) override { ++detached; }
    void on_bytes(std::span<const std::byte> bytes, Now) override {
        received.insert(received.end(), bytes.begin(), bytes.end());
        chunks.push_back(bytes.size());
    }
    Now now() const { return {.mono = mono, .wall = Wall{}, .wall_trusted = false}; }
    void run(milliseconds duration) {
        const Mono end = mono + duration;
        while (sam.next_deadline() <= end) {
            mono = std::max(mono, sam.next_deadline());
            sam.advance(now());
        }
        mono = end;
    }
    Bytes ask(std::string_view request) {
        received.clear();
        chunks.clear();
        EXPECT_TRUE(port.send(from_hex(request)));
        run(3s);
        return received;
    }
    Bytes find() { return ask("AA AA AA 96 69 00 03 20 01 22"); }
    Bytes select() { return ask("AA AA AA 96 69 00 03 20 02 21"); }
    Bytes read() { return ask("AA AA AA 96 69 00 03 30 01 32"); }
    Bytes read_with_fingerprint() { return ask("AA AA AA 96 69 00 03 30 10 23"); }
    Bytes address() { return ask("AA AA AA 96 69 00 03 30 03 30"); }
    Bytes management() { return ask("AA AA AA 96 69 00 03 30 05 36"); }

    Mono mono{10s};
    BytePort port;
    SamReader sam{port};
    Bytes received;
    std::vector<std::size_t> chunks;
    int attached = 0;
    int detached = 0;
};

const Bytes no_card = from_hex("AA AA AA 96 69 00 04 00 00 80 84");
const Bytes found = from_hex("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97");
const Bytes selected = from_hex("AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C");

TEST(SimulatedSamReader, AnswersAsTheProtocolVectorsDo) {
    Host host;
    EXPECT_EQ(host.find(), no_card);
    EXPECT_EQ(host.ask("AA AA AA 96 69 00 03 12 FF EE"),
              from_hex("AA AA AA 96 69 00 14 00 00 90 05 00 03 00 D5 AF 34 01 B1 CB 74 00 D2 02 96 49 CC"));
    host.sam.present(SimulatedCard{});
    EXPECT_EQ(host.find(), found);
    EXPECT_EQ(host.select(), selected);
    EXPECT_EQ(host.management(), from_hex("AA AA AA 96 69 00 20 00 00 90 00000000 0102030405060708"
                                          "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF B8"));
    EXPECT_TRUE(host.read() == resident_reply());
    EXPECT_EQ(host.received.size(), 1295U);
    EXPECT_EQ(host.received.back(), std::byte{0x1A});
    EXPECT_EQ(host.address(), from_hex("AA AA AA 96 69 00 04 00 00 91 95"));
}

TEST(SimulatedSamReader, LaysOutEveryKindOfCardAsTheVectorsDo) {
    for (const auto& [card, check] : {std::pair{foreigner_card_2017(), 0x19},
                                      {residence_permit(), 0xB9},
                                      {foreigner_card_2023(), 0x65},
                                      {SimulatedCard{}, 0x1A}}) {
        Host host;
        host.sam.present(card);
        host.find();
        host.select();
        const Bytes reply = host.read();
        ASSERT_EQ(reply.size(), 1295U);
        EXPECT_EQ(std::to_integer<int>(reply.back()), check);
    }
}

TEST(SimulatedSamReader, SendsFingerprintsOfEverySize) {
    struct Case {
        std::uint16_t size;
        const char* header;
        std::size_t total;
        int check;
    };
    for (const Case& expected : {Case{1024, "AA AA AA 96 69 09 0A 00 00 90 01 00 04 00 04 00", 2321, 0x10},
                                 Case{512, "AA AA AA 96 69 07 0A 00 00 90 01 00 04 00 02 00", 1809, 0x18},
                                 Case{0, "AA AA AA 96 69 05 0A 00 00 90 01 00 04 00 00 00", 1297, 0x18}}) {
        Host host;
        SimulatedCard card;
        card.fingerprint_bytes = expected.size;
        host.sam.present(card);
        host.find();
        host.select();
        const Bytes reply = host.read_with_fingerprint();
        EXPECT_EQ(Bytes(reply.begin(), reply.begin() + 16), from_hex(expected.header));
        EXPECT_EQ(reply.size(), expected.total);
        EXPECT_EQ(std::to_integer<int>(reply.back()), expected.check);
    }
}

TEST(SimulatedSamReader, SendsUpToFourNewAddresses) {
    for (std::size_t count = 1; count <= 5; ++count) {
        Host host;
        SimulatedCard card;
        card.new_addresses.assign(count, u"测试省样例市");
        host.sam.present(card);
        host.find();
        host.select();
        EXPECT_EQ(host.address().size(), 11 + 70 * std::min<std::size_t>(count, 4));
    }
}

TEST(SimulatedSamReader, KeepsTheOrderOfTheSession) {
    Host host;
    host.sam.present(SimulatedCard{});
    EXPECT_EQ(host.select(), reply_of(0x81));
    EXPECT_EQ(host.read(), reply_of(0x41));
    EXPECT_EQ(host.address(), reply_of(0x41));
    host.find();
    EXPECT_EQ(host.read(), reply_of(0x41));
    host.find();
    host.select();
    host.read();
    // Latched.
    EXPECT_EQ(host.find(), no_card);
    EXPECT_EQ(host.address(), reply_of(0x91));
    host.sam.remove();
    EXPECT_EQ(host.address(), reply_of(0x41));
    EXPECT_EQ(host.find(), no_card);
    host.sam.present(SimulatedCard{});
    EXPECT_EQ(host.find(), found);
    host.sam.remove();
    EXPECT_EQ(host.select(), reply_of(0x81));
    host.sam.present(SimulatedCard{});
    host.find(), host.select();
    host.sam.remove();
    EXPECT_EQ(host.read(), reply_of(0x41));
}

TEST(SimulatedSamReader, AResetLetsItFindALatchedCard) {
    Host host;
    host.sam.present(SimulatedCard{});
    host.find(), host.select(), host.read();
    EXPECT_EQ(host.find(), no_card);
    EXPECT_EQ(host.ask("AA AA AA 96 69 00 03 10 FF EC"), reply_of(0x90));
    EXPECT_EQ(host.find(), found);
}

TEST(SimulatedSamReader, RefusesWhatItDoesNotKnow) {
    Host host;
    EXPECT_EQ(host.ask("AA AA AA 96 69 00 03 30 02 31"), reply_of(0x21));
    EXPECT_EQ(host.ask("AA AA AA 96 69 00 03 77 01 75"), reply_of(0x21));
    EXPECT_EQ(host.ask("AA AA AA 96 69 00 03 20 01 23"), reply_of(0x10));
    EXPECT_EQ(host.ask("AA AA AA 96 69 00 04 20 01 22"), reply_of(0x11));
    EXPECT_EQ(host.ask("AA AA AA 96 68 00 03 20 01 22"), Bytes{});
    EXPECT_EQ(host.ask("AA AA AA 96 69 00 03 11 FF ED"), reply_of(0x90));
    EXPECT_EQ(host.ask("AA AA AA 96 69 00 03 60 00 63"), reply_of(0x90));
    EXPECT_EQ(host.ask("AA AA AA 96 69 00 04 61 FF 50 CA"), reply_of(0x90));
}

TEST(SimulatedSamReader, CutsItsRepliesAsAsked) {
    struct Case {
        std::size_t chunk;
        bool split_header;
        std::vector<std::size_t> chunks;
    };
    for (const Case& expected : {Case{0, false, {27}}, Case{0, true, {7, 20}}, Case{10, false, {10, 10, 7}},
                                 Case{10, true, {7, 10, 10}}, Case{1, false, std::vector<std::size_t>(27, 1)}}) {
        Host host;
        host.sam.knobs().chunk = expected.chunk;
        host.sam.knobs().split_header = expected.split_header;
        host.ask("AA AA AA 96 69 00 03 12 FF EE");
        EXPECT_EQ(host.chunks, expected.chunks);
    }
}

TEST(SimulatedSamReader, DoesWrongWhatItIsToldToDoWrong) {
    Host host;
    const auto with = [&](SamReaderFault fault) {
        host.sam.inject(fault);
        return host.find();
    };
    EXPECT_EQ(with({.kind = Kind::no_reply}), Bytes{});
    EXPECT_EQ(with({.kind = Kind::truncated, .value = 6}), Bytes(no_card.begin(), no_card.begin() + 6));
    EXPECT_EQ(with({.kind = Kind::status, .value = 0x60}), reply_of(0x60));
    EXPECT_EQ(with({.kind = Kind::wrong_command}).size(), 27U);
    EXPECT_EQ(with({.kind = Kind::garbage_before, .value = 9}).size(), no_card.size() + 9);
    const Bytes bad = with({.kind = Kind::bad_checksum});
    EXPECT_NE(bad, no_card);
    EXPECT_EQ(Bytes(bad.begin(), bad.end() - 1), Bytes(no_card.begin(), no_card.end() - 1));
    EXPECT_EQ(with({.kind = Kind::bad_length, .value = 0xFFFF})[5], std::byte{0xFF});
    EXPECT_EQ(with({.kind = Kind::late_reply, .delay = 2s}), no_card);
    EXPECT_EQ(with({.kind = Kind::late_reply, .delay = 5s}), Bytes{});
    // In order.
    EXPECT_EQ(host.find(), no_card + no_card);
    EXPECT_EQ(with({.kind = Kind::lost, .delay = 1s}), Bytes{});
    EXPECT_EQ(host.detached, 1);
    EXPECT_EQ(host.attached, 2);
    // Only for the request it was meant for.
    host.sam.inject({.kind = Kind::no_reply, .request = 0x2002});
    EXPECT_EQ(host.find(), no_card);
    EXPECT_EQ(host.select(), Bytes{});
    EXPECT_EQ(host.select(), reply_of(0x81));
}

TEST(SimulatedSamReader, LeavesAndComesBack) {
    Host host;
    EXPECT_EQ(host.attached, 1);
    host.sam.detach();
    host.run(1s);
    EXPECT_EQ(host.detached, 1);
    EXPECT_FALSE(host.port.send(from_hex("AA AA AA 96 69 00 03 20 01 22")));
    host.sam.attach();
    host.run(1s);
    EXPECT_EQ(host.attached, 2);
    host.port.reset();
    host.run(1s);
    EXPECT_EQ(host.detached, 2);
    EXPECT_EQ(host.attached, 3);
    EXPECT_EQ(host.find(), no_card);
}

TEST(SimulatedSamReader, IsDeafWhileItBoots) {
    Host host;
    host.sam.knobs().boot_takes = 4s;
    host.port.reset();
    host.run(2s);
    EXPECT_EQ(host.find(), Bytes{});
    EXPECT_EQ(host.find(), no_card);
}

TEST(SimulatedSamReader, TheSameSeedTakesTheSameTimes) {
    const auto times = [](std::uint64_t seed) {
        BytePort port;
        Host other;
        SamReader seeded(port, seed);
        port.start(other);
        Now now = other.now();
        seeded.knobs().boot_takes = 0ms;
        seeded.advance(now);
        std::vector<std::int64_t> result;
        for (int i = 0; i < 20; ++i) {
            EXPECT_TRUE(port.send(from_hex("AA AA AA 96 69 00 03 20 01 22")));
            seeded.advance(now);
            result.push_back((seeded.next_deadline() - now.mono).count());
            now.mono = seeded.next_deadline();
            seeded.advance(now);
        }
        return result;
    };
    EXPECT_EQ(times(7), times(7));
    EXPECT_NE(times(7), times(8));
}

}  // namespace
}  // namespace yizhan::simulated
