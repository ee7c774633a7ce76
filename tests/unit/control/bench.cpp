#include "tests/unit/control/bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace yizhan::test {
namespace {

class TextFile : public File {
 public:
    explicit TextFile(std::string text) : text_(std::move(text)) {}
    std::string name() const override { return "handed over"; }
    Result<std::uint64_t> size() override { return text_.size(); }
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) override {
        if (offset >= text_.size()) return std::size_t{0};
        const auto count = std::min<std::size_t>(into.size(), text_.size() - offset);
        std::memcpy(into.data(), text_.data() + offset, count);
        return count;
    }

 private:
    std::string text_;
};

}  // namespace

World::World(std::size_t send_bound)
    : listener(loop, path, send_bound), server(loop, listener, station, usual_rights()) {
    station.server = &server;
}

World::~World() { station.server = nullptr; }

Client::Client(World& world, PeerIdentity identity)
    : world_(world), connector_(world.client_loop, world.path, identity, std::size_t{8} * 1024 * 1024) {
    auto stream = connector_.open();
    EXPECT_TRUE(stream);
    stream_ = std::move(*stream);
    stream_->start(*this);
    world_.run();
}

void Client::send_text(std::string_view text) { static_cast<void>(stream_->send(text)); }

json Client::ask(json request) {
    request["id"] = ++last_id_;
    send(request);
    world_.run();
    for (auto& reply : take_replies()) {
        if (reply["id"] == last_id_) return reply;
    }
    return nullptr;
}

void Client::hand_over(std::string content, const json& request) {
    static_cast<void>(stream_->send(request.dump() + '\n', std::make_unique<TextFile>(std::move(content))));
}

std::vector<json> Client::take_pushes(const std::string& kind) {
    std::vector<json> taken;
    std::erase_if(pushes_, [&](const json& push) {
        if (push["push"] != kind) return false;
        taken.push_back(push);
        return true;
    });
    return taken;
}

void Client::on_bytes(Stream&, std::string_view bytes) {
    heard_ += bytes;
    partial_ += bytes;
    for (auto end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n')) {
        auto object = json::parse(partial_.substr(0, end), nullptr, false);
        partial_.erase(0, end + 1);
        EXPECT_TRUE(object.is_object());
        (object.contains("push") ? pushes_ : replies_).push_back(std::move(object));
    }
}

std::string error_code(const json& reply) {
    if (!reply.is_object()) return "no reply";
    if (reply.value("ok", false)) return "ok";
    return reply["error"].value("code", "no code");
}

}  // namespace yizhan::test
