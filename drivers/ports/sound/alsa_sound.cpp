#include "drivers/ports/sound/alsa_sound.h"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "drivers/ports/all_signals_blocked.h"
#include "drivers/ports/sound/alsa_device.h"
#include "drivers/ports/sound/wave.h"
#include "drivers/ports/unique_fd.h"
#include "hal/check.h"
#include "hal/time.h"

namespace yizhan {
namespace {

// While something is said the thread looks at the device so often.
constexpr milliseconds turn{40};
constexpr int most_idle_turns = 50;  // without a sample taken or heard: the device has stalled
constexpr milliseconds first_pause{1000};
constexpr milliseconds longest_pause{60'000};
constexpr milliseconds patience{2000};  // of the destructor
constexpr std::size_t breath = wave_rate * 3 / 10;  // between two languages
// Behind the last word: a device plays what is left of its ring until it notices that it ran empty.
constexpr std::size_t tail = wave_rate / 5;

// An utterance in 32 bits, so that the mailbox is one atomic word: outcome, then 4 bits a language and one above each
// set. 0: none.
static_assert(outcome_count <= 256 && language_count <= 4);
std::uint32_t with_language(std::uint32_t utterance, std::size_t position, Language language) {
    return utterance | (8U + static_cast<std::uint32_t>(language)) << (8 + 4 * position);
}

}  // namespace

// What both threads see. The first three are written once, before the thread begins.
struct AlsaSound::Shared {
    Shared(std::string device_name, Recordings all)
        : device(std::move(device_name)), recordings(std::move(all)), wake(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        YZ_CHECK(wake);
    }

    const std::string device;
    const Recordings recordings;
    const UniqueFd wake;
    std::atomic<std::uint32_t> mailbox{0};
    std::atomic<bool> stopping{false};
    std::atomic<SoundTrouble> trouble{};
    static_assert(std::atomic<SoundTrouble>::is_always_lock_free);
    std::atomic<std::uint64_t> finished{0};
    std::atomic<std::uint64_t> cut_off{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> tries{0};

    std::mutex mutex;  // guards `ended`
    std::condition_variable changed;
    bool ended = false;
};

// The thread's side.
class AlsaSound::Player {
 public:
    explicit Player(Shared& shared) : shared_(shared) {}

    void run() {
        try_device();
        while (!shared_.stopping) {
            const std::uint32_t utterance = shared_.mailbox.exchange(0);
            if (utterance != 0) {
                say(utterance);
            } else if (shared_.trouble.load() == SoundTrouble{}) {
                wait(-1);
            } else if (!wait(static_cast<int>(pause_.count()))) {
                pause_ = std::min(pause_ * 2, longest_pause);
                try_device();
            }
        }
    }

 private:
    bool asked() const { return shared_.stopping || shared_.mailbox != 0; }

    // The one place where the thread waits. False: the time is over.
    bool wait(int most_milliseconds) {
        pollfd ready{.fd = shared_.wake.get(), .events = POLLIN, .revents = 0};
        if (::poll(&ready, 1, most_milliseconds) <= 0) return false;
        std::uint64_t times = 0;
        return ::read(ready.fd, &times, sizeof times) > 0;
    }

    void tell(SoundTrouble trouble) {
        if (trouble == SoundTrouble{}) pause_ = first_pause;
        shared_.trouble = trouble;
    }

    SoundTrouble open() {
        ++shared_.tries;
        return device_.open(shared_.device);
    }

    void try_device() {
        tell(open());
        device_.close();
    }

    void say(std::uint32_t utterance) {
        speech_.clear();
        for (std::size_t position = 0; position < language_count; ++position) {
            const std::uint32_t language = utterance >> (8 + 4 * position) & 0xF;
            if (language == 0) break;
            if (position > 0) speech_.resize(speech_.size() + breath);
            const auto part =
                shared_.recordings.of(static_cast<Outcome>(utterance & 0xFF), static_cast<Language>(language - 8));
            if (part) speech_.insert(speech_.end(), part->begin(), part->end());
        }
        speech_.resize(speech_.size() + tail);

        const SoundTrouble trouble = play_speech();
        device_.close();
        if (trouble != SoundTrouble{}) ++shared_.failed;
        tell(trouble);
    }

    // Returns early when it is asked for something newer.
    SoundTrouble play_speech() {
        if (const auto trouble = open(); trouble != SoundTrouble{}) return trouble;
        std::span<const std::int16_t> rest = speech_;
        std::size_t unheard = 0;
        for (int idle_turns = 0; idle_turns < most_idle_turns;) {
            if (asked()) {
                ++shared_.cut_off;
                return {};
            }
            bool moved = false;
            if (!rest.empty()) {
                const auto taken = device_.write(rest);
                if (!taken) return taken.error();
                rest = rest.subspan(*taken);
                moved = *taken > 0;
                if (rest.empty()) {
                    if (const auto trouble = device_.start(); trouble != SoundTrouble{}) return trouble;
                }
            } else {
                const auto left = device_.unheard();
                if (!left) return left.error();
                if (*left == 0) {
                    ++shared_.finished;
                    return {};
                }
                moved = std::exchange(unheard, *left) != *left;
            }
            idle_turns = moved ? 0 : idle_turns + 1;
            if (!moved || rest.empty()) wait(static_cast<int>(turn.count()));
        }
        return {SoundTrouble::Step::stall, 0};
    }

    Shared& shared_;
    AlsaDevice device_;
    std::vector<std::int16_t> speech_;  // at most two recordings
    milliseconds pause_ = first_pause;
};

AlsaSound::AlsaSound(std::string device, Recordings recordings)
    : shared_(std::make_shared<Shared>(std::move(device), std::move(recordings))) {
    const AllSignalsBlocked blocked;
    thread_ = std::thread([shared = shared_] {
        Player(*shared).run();
        const std::lock_guard lock(shared->mutex);
        shared->ended = true;
        shared->changed.notify_one();
    });
    YZ_CHECK(pthread_setname_np(thread_.native_handle(), "sound") == 0);
}

AlsaSound::~AlsaSound() {
    shared_->stopping = true;
    static_cast<void>(eventfd_write(shared_->wake.get(), 1));
    bool ended = false;
    {
        std::unique_lock lock(shared_->mutex);
        ended = shared_->changed.wait_for(lock, patience, [this] { return shared_->ended; });
    }
    ended ? thread_.join() : thread_.detach();
}

Result<milliseconds> AlsaSound::play(Outcome outcome, std::span<const Language> languages) {
    YZ_CHECK(languages.size() <= language_count);
    std::uint32_t utterance = static_cast<std::uint32_t>(outcome);
    std::size_t spoken = 0;
    std::size_t samples = tail;
    std::optional<Error> missing;
    for (const Language language : languages) {
        if (const auto part = shared_->recordings.of(outcome, language)) {
            utterance = with_language(utterance, spoken++, language);
            samples += breath + part->size();
        } else {
            missing = part.error();
        }
    }
    if (spoken > 0) {
        shared_->mailbox = utterance;
        static_cast<void>(eventfd_write(shared_->wake.get(), 1));  // full: the thread is awake already
    }
    const SoundTrouble trouble = shared_->trouble;
    if (trouble != SoundTrouble{}) return std::unexpected(error_of(trouble, shared_->device));
    if (missing) return std::unexpected(*missing);
    return milliseconds{static_cast<std::int64_t>(samples * 1000 / wave_rate)};
}

std::optional<Error> AlsaSound::trouble() const {
    const SoundTrouble now = shared_->trouble;
    if (now != SoundTrouble{}) return error_of(now, shared_->device);
    const auto& errors = shared_->recordings.errors();
    if (errors.empty()) return std::nullopt;
    return Error{fmt::format("{} sentences are silent, the first: {}", errors.size(), errors.front().what),
                 errors.front().cure};
}

AlsaSound::Counts AlsaSound::counts() const {
    return {
        .finished = shared_->finished, .cut_off = shared_->cut_off, .failed = shared_->failed, .tries = shared_->tries};
}

}  // namespace yizhan
