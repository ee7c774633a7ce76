#include "drivers/ports/sound/recordings.h"

#include <fmt/format.h>

#include "drivers/ports/sound/wave.h"

namespace yizhan {
namespace {

std::string path_of(const std::string& directory, Outcome outcome, Language language) {
    return fmt::format("{}/{}/{}.wav", directory, language == Language::zh ? "zh" : "en", text_of(outcome).code);
}

Result<std::vector<std::int16_t>> read(Files& files, const std::string& path) {
    const auto bytes = read_text(files, path, longest_wave);
    if (!bytes) {
        return failure(bytes.error().what,
                       "put the sentence there, or take the recordings that are installed with "
                       "Yizhan: [sound] directory = \"/usr/share/yizhan/prompts\"");
    }
    auto samples = parse_wave(std::as_bytes(std::span(*bytes)));
    if (samples) return *std::move(samples);
    return failure(fmt::format("{}: {}", path, samples.error()),
                   fmt::format("convert it: ffmpeg -i FILE -ac 1 -ar {} -c:a pcm_s16le NEW.wav", wave_rate));
}

}  // namespace

Recordings::Recordings(Files& files, const std::string& directory, std::span<const Language> languages)
    : directory_(directory) {
    for (const OutcomeText& text : outcomes()) {
        if (!is_spoken(text)) continue;
        for (const Language language : languages) {
            auto samples = read(files, path_of(directory, text.outcome, language));
            if (samples) {
                samples_[index_of(text.outcome, language)] = *std::move(samples);
            } else {
                errors_.push_back(samples.error());
            }
        }
    }
}

Result<std::span<const std::int16_t>> Recordings::of(Outcome outcome, Language language) const {
    const auto& samples = samples_[index_of(outcome, language)];
    if (!samples.empty()) return samples;
    return failure("there is no recording " + path_of(directory_, outcome, language), "put the sentence there");
}

}  // namespace yizhan
