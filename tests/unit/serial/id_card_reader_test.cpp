// The whole way of an ID card over a real terminal line: driver, port, kernel, and a SAM at the far end.
#include "drivers/id_card_reader/id_card_reader.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>

#include <memory>
#include <string>

#include "drivers/ports/serial/serial_port.h"
#include "drivers/simulated/byte_port.h"
#include "drivers/simulated/sam_reader.h"
#include "tests/unit/ports/both_loops.h"
#include "tests/unit/serial/pty.h"

namespace yizhan {
namespace {

// Solders the simulated reader's cable to the master of a pseudo-terminal.
class Solder final : public BytePortListener {
 public:
    Solder(SdEventLoop& loop, const Pty& pty) : pty_(pty) {
        cable.start(*this);
        watch_ = loop.watch(pty.master(), EPOLLIN, [this](std::uint32_t) { hear(); });
    }
    simulated::BytePort cable;

 private:
    void on_attached(Now) override {}
    void on_detached(std::string_view, Now) override {}
    void on_bytes(std::span<const std::byte> bytes, Now) override {
        pty_.say({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    // Requests come whole: each is one write of 10 or 11 bytes, and none follows before it was answered.
    void hear() {
        const std::string heard = pty_.hear();
        if (!heard.empty()) static_cast<void>(cable.send(std::as_bytes(std::span(heard))));
    }

    const Pty& pty_;
    std::unique_ptr<FdWatch> watch_;
};

struct Desk : CardReaderListener {
    const Credential expected;
    int right = 0;
    int wrong = 0;
    int removed = 0;
    explicit Desk(const Credential& card) : expected(card) {}
    void on_card(CardReader&, const CardRead& card, Now) override {
        ++(card.credential == expected && card.genuine ? right : wrong);
    }
    void on_card_refused(CardReader&, Outcome, Now) override { ++wrong; }
    void on_card_removed(CardReader&, Now) override { ++removed; }
    void on_health(CardReader&, ReaderHealth, Now) override {}
};

TEST(IdCardReaderOnASerialLine, ReadsACardOnceAndSeesItLeave) {
    RealWorld world;
    const Pty pty;
    Solder solder(world.loop, pty);
    simulated::SamReader sam(solder.cable);
    sam.knobs().boot_takes = sam.knobs().read_takes = sam.knobs().find_takes = milliseconds{1};
    sam.knobs().chunk = 63;
    const auto card = simulated::resident_card("19700101", 123, "20200101", "");
    Desk desk(Credential(CredentialKind::resident_id, std::string(card.number.begin(), card.number.end())));

    SerialPorts ports(world.loop);
    const auto port = ports.open("serial:" + pty.device(), {});
    ASSERT_TRUE(port);
    IdCardReader reader(**port, milliseconds{50});
    world.loop.join(sam);
    world.loop.join(reader);
    reader.start(desk, world.loop.now());
    ASSERT_TRUE(world.run_while([&] { return reader.status().health != ReaderHealth::online; }));
    EXPECT_EQ(reader.status().serial, "05.03-20230101-0007654321-1234567890");
    sam.present(card);
    ASSERT_TRUE(world.run_while([&] { return desk.right + desk.wrong == 0; }));
    sam.remove();
    ASSERT_TRUE(world.run_while([&] { return desk.removed == 0; }));
    EXPECT_EQ(desk.right, 1);
    EXPECT_EQ(desk.wrong, 0);
    EXPECT_EQ(reader.status().bad_frames, 0U);
    world.loop.leave(reader);
    world.loop.leave(sam);
}

}  // namespace
}  // namespace yizhan
