#include "drivers/recorder/recorder.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <utility>

#include "drivers/ports/key_port.h"
#include "hal/check.h"

namespace yizhan {
namespace {

std::string hex_of(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::byte byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", std::to_integer<int>(byte));
    return text;
}

// As a JSON string; whatever is not plain ASCII becomes '?', for a name or a reason may hold anything.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c >= ' ' && c < '\x7F' ? c : '?';
    }
    return out + '"';
}

}  // namespace

// Words what a scrubber lets pass.
class Recorder::Words final : public ScrubbedListener {
 public:
    Words(Recorder& recorder, const std::string& name) : recorder_(recorder), name_(name) {}
    void on_scrubbed(Mono at, std::span<const std::byte> bytes) override {
        line(at, "got", fmt::format(",\"hex\":\"{}\"", hex_of(bytes)));
    }
    void on_withheld(Mono at, std::size_t count) override { line(at, "got", fmt::format(",\"withheld\":{}", count)); }
    void edge(const Edge& edge) {
        line(edge.at, "edge",
             fmt::format(",\"line\":{},\"rising\":{},\"sequence\":{}", edge.line, edge.rising, edge.sequence));
    }
    // An invented text is digits, letters and hyphens.
    void typed(const ScrubbedText& typed) {
        std::string text;
        for (const char c : typed.text) {
            if (c == key_enter) {
                text += "\\n";
            } else if (c == key_unknown) {
                text += "\\u001a";
            } else {
                text += c;
            }
        }
        line(typed.at, "typed", fmt::format(",\"text\":\"{}\"", text));
    }
    void line(Mono at, std::string_view what, std::string_view more) {
        recorder_.add_line(fmt::format("{{\"t\":{},\"source\":{},\"what\":\"{}\"{}}}\n",
                                       std::chrono::nanoseconds(at - recorder_.start_).count(), name_, what, more));
    }

 private:
    Recorder& recorder_;
    const std::string& name_;
};

Recorder::Recorder(EventLoop& loop, std::unique_ptr<Worker> worker, std::unique_ptr<AppendFile> file)
    : loop_(loop), start_(loop.now().mono), worker_(std::move(worker)), file_(std::move(file)) {
    notes_.reserve(most_notes);
    noted_.reserve(most_noted_bytes);
    add_line("{\"recording\":1}\n");
    loop_.join(*this);
}

Recorder::~Recorder() {
    loop_.leave(*this);
    word_notes();
    for (const auto& source : sources_) {
        Words words(*this, source->name);
        source->scrubber.end(words);
        for (const Edge& edge : source->edges.end()) words.edge(edge);
        if (const auto text = source->texts.end()) words.typed(*text);
    }
    worker_.reset();  // waits for the job under way
    if (!trouble_ && written_) static_cast<void>(file_->append(text_));
}

Recorder::Source Recorder::add(const std::string& name, Kind kind) {
    YZ_CHECK(sources_.size() < 1024);
    sources_.push_back(std::make_unique<SourceState>());
    sources_.back()->name = quoted(name);
    sources_.back()->kind = kind;
    return static_cast<Source>(sources_.size() - 1);
}

void Recorder::note(Source source, What what, std::span<const std::byte> bytes, Mono at) {
    if (notes_.size() == most_notes || noted_.size() + bytes.size() > most_noted_bytes) {
        ++dropped_;
        return;
    }
    notes_.push_back(
        {at, source, what, static_cast<std::uint32_t>(noted_.size()), static_cast<std::uint32_t>(bytes.size())});
    noted_.insert(noted_.end(), bytes.begin(), bytes.end());
}

void Recorder::settle(Now now) {
    word_notes();
    for (const auto& source : sources_) {
        source->uids.advance(now.mono);
        if (const auto text = source->texts.advance(now.mono)) Words(*this, source->name).typed(*text);
    }
    write();
}

void Recorder::word_notes() {
    for (const Note& note : notes_) word(note, std::span(noted_).subspan(note.begin, note.size));
    notes_.clear();
    // Through volatile, or the compiler may drop the stores: this may be what a reader said of a card.
    for (std::byte& byte : noted_) *static_cast<volatile std::byte*>(&byte) = std::byte{0};
    noted_.clear();
}

void Recorder::word(const Note& note, std::span<const std::byte> bytes) {
    SourceState& source = *sources_[note.source];
    Words words(*this, source.name);
    const auto high = [&] { return fmt::format(",\"high\":{}", bytes[0] != std::byte{0}); };
    switch (note.what) {
        case What::attached:
        case What::detached:
        case What::reset:
            // What was said before is over: no frame goes on behind it.
            source.scrubber.end(words);
            if (const auto text = source.texts.end()) words.typed(*text);
            if (note.what == What::attached) source.uids.attached(note.at);
            if (note.what == What::detached) source.uids.detached(note.at);
            if (note.what == What::attached) words.line(note.at, "attached", "");
            if (note.what == What::reset) words.line(note.at, "reset", "");
            if (note.what == What::detached) {
                const std::string_view why(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                words.line(note.at, "detached", ",\"why\":" + quoted(why));
            }
            break;
        case What::sent:
            words.line(note.at, "sent",
                       is_bare_request(bytes) ? fmt::format(",\"hex\":\"{}\"", hex_of(bytes))
                                              : fmt::format(",\"withheld\":{}", bytes.size()));
            break;
        case What::got:
            source.scrubber.eat(bytes, note.at, words);
            break;
        case What::edges:
            for (; bytes.size() >= sizeof(Edge); bytes = bytes.subspan(sizeof(Edge))) {
                Edge edge;
                std::memcpy(&edge, bytes.data(), sizeof edge);
                if (source.kind == Kind::card_lines) {
                    for (const Edge& known : source.edges.eat(edge)) words.edge(known);
                } else {
                    words.edge(edge);
                }
            }
            break;
        case What::level:
            words.line(note.at, "level", high());
            break;
        case What::set:
            words.line(note.at, "set", high());
            break;
        case What::card: {
            const auto uid = source.uids.card(bytes, note.at);
            words.line(note.at, "card", fmt::format(",\"uid\":\"{}\"", hex_of({uid.begin(), uid.size()})));
            break;
        }
        case What::removed:
            source.uids.removed(note.at);
            words.line(note.at, "removed", "");
            break;
        case What::typed: {
            const std::string_view typed(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            for (const ScrubbedText& text : source.texts.eat(typed, note.at)) words.typed(text);
            break;
        }
    }
}

void Recorder::add_line(std::string line) {
    if (full_ || trouble_) return;
    if (dropped_ > 0) line.insert(0, fmt::format("{{\"dropped\":{}}}\n", dropped_));
    if (text_.size() + line.size() > most_text) {
        ++dropped_;
        return;
    }
    dropped_ = 0;
    if (size_ + line.size() > longest_file) {
        full_ = true;
        line = "{\"end\":\"full\"}\n";
    }
    size_ += line.size();
    text_ += line;
}

void Recorder::write() {
    if (text_.empty() || trouble_ || !worker_->idle()) return;
    writing_ = std::exchange(text_, {});
    worker_->start([this] { written_ = file_->append(writing_); },
                   [this] {
                       if (!written_) trouble_ = written_.error();
                       write();
                   });
}

}  // namespace yizhan
