#include "drivers/ports/gpio/gpio_chips.h"

#include <fcntl.h>
#include <gpiod.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "hal/check.h"

namespace yizhan {
namespace {

// Deleters for what libgpiod hands out; each is freed where it was made.
template <auto free>
struct Freed {
    void operator()(auto* what) const { free(what); }
};
using ChipInfoPtr = std::unique_ptr<gpiod_chip_info, Freed<gpiod_chip_info_free>>;
using LineInfoPtr = std::unique_ptr<gpiod_line_info, Freed<gpiod_line_info_free>>;
using LineSettings = std::unique_ptr<gpiod_line_settings, Freed<gpiod_line_settings_free>>;
using LineConfig = std::unique_ptr<gpiod_line_config, Freed<gpiod_line_config_free>>;
using RequestConfig = std::unique_ptr<gpiod_request_config, Freed<gpiod_request_config_free>>;
using LineRequest = std::unique_ptr<gpiod_line_request, Freed<gpiod_line_request_release>>;

// In the order of their numbers. At most as many as there are.
std::vector<std::string> chip_paths() {
    std::vector<std::string> paths;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/dev", ignored)) {
        if (entry.path().filename().string().starts_with("gpiochip")) paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

std::string label_of(gpiod_chip* chip) {
    const ChipInfoPtr info(gpiod_chip_get_info(chip));
    return info ? gpiod_chip_info_get_label(info.get()) : "";
}

std::string text_of(const LineName& name) { return "line " + name.chip + ":" + name.line; }

std::string holder_of(gpiod_chip* chip, unsigned offset) {
    const LineInfoPtr info(gpiod_chip_get_line_info(chip, offset));
    if (!info || !gpiod_line_info_is_used(info.get())) return "";
    const char* consumer = gpiod_line_info_get_consumer(info.get());
    return consumer != nullptr ? consumer : "somebody who gives no name";
}

std::unexpected<Error> refused(gpiod_chip* chip, unsigned offset, const LineName& name, int error) {
    if (error == EBUSY) {
        const std::string holder = holder_of(chip, offset);
        if (holder == failsafe_consumer) {
            return failure(text_of(name) + ": held by " + holder + ", which does not hand it over",
                           "systemctl restart station-failsafe");
        }
        return failure(text_of(name) + ": held by " + holder,
                       "stop that program (`fuser -v /dev/gpiochip*` finds it), or give this line another job");
    }
    return failure(text_of(name) + ": cannot be requested: " + std::strerror(error),
                   error == EINVAL ? "this chip may not do what the settings ask of it: its bias, or edges"
                                   : "see `journalctl -k`");
}

gpiod_line_bias bias_of(Bias bias) {
    switch (bias) {
        case Bias::as_is:
            return GPIOD_LINE_BIAS_AS_IS;
        case Bias::pull_up:
            return GPIOD_LINE_BIAS_PULL_UP;
        case Bias::pull_down:
            return GPIOD_LINE_BIAS_PULL_DOWN;
    }
    return GPIOD_LINE_BIAS_AS_IS;
}

// The request itself, as a descriptor of our own: it holds the lines as long as any copy of it is open, which
// libgpiod's object does not outlive.
struct Requested {
    UniqueFd request;
    int error = 0;
};
Requested request(gpiod_chip* chip, std::span<const unsigned> offsets, gpiod_line_settings* settings,
                  const std::string& consumer, std::size_t buffer) {
    const LineConfig lines(gpiod_line_config_new());
    const RequestConfig config(gpiod_request_config_new());
    YZ_CHECK(lines != nullptr && config != nullptr);
    gpiod_request_config_set_consumer(config.get(), consumer.c_str());
    if (buffer > 0) gpiod_request_config_set_event_buffer_size(config.get(), buffer);
    if (gpiod_line_config_add_line_settings(lines.get(), offsets.data(), offsets.size(), settings) != 0) {
        return {{}, errno};
    }
    const LineRequest made(gpiod_chip_request_lines(chip, config.get(), lines.get()));
    if (!made) return {{}, errno};
    UniqueFd kept(::fcntl(gpiod_line_request_get_fd(made.get()), F_DUPFD_CLOEXEC, 3));
    const int error = kept ? 0 : errno;
    return {std::move(kept), error};
}

}  // namespace

void GpioChips::CloseChip::operator()(gpiod_chip* chip) const { gpiod_chip_close(chip); }

Result<gpiod_chip*> GpioChips::chip(const std::string& label) {
    if (const auto found = chips_.find(label); found != chips_.end()) {
        if (!label_of(found->second.get()).empty()) return found->second.get();
        chips_.erase(found);  // pulled out; perhaps it is back, as another one
    }
    std::vector<std::string> seen;
    Chip match;
    for (const std::string& path : chip_paths()) {
        Chip opened(gpiod_chip_open(path.c_str()));
        if (!opened) {
            seen.push_back(path + " (" + std::strerror(errno) + ")");
            continue;
        }
        const std::string its_label = label_of(opened.get());
        seen.push_back(its_label);
        if (its_label != label) continue;
        if (match) {
            return failure("GPIO chip " + label + ": two chips have this label",
                           "unplug one, or give it another label in the device tree");
        }
        match = std::move(opened);
    }
    if (!match) {
        std::string all = seen.empty() ? "there is none" : "there is ";
        for (std::size_t i = 0; i < seen.size(); ++i) all += (i == 0 ? "" : ", ") + seen[i];
        return failure("GPIO chip " + label + ": not there", all + "; `gpiodetect` lists them");
    }
    return chips_.emplace(label, std::move(match)).first->second.get();
}

Result<unsigned> GpioChips::offset_of(gpiod_chip* chip, const LineName& name) const {
    const ChipInfoPtr info(gpiod_chip_get_info(chip));
    const auto count = info ? static_cast<unsigned>(gpiod_chip_info_get_num_lines(info.get())) : 0U;
    std::vector<unsigned> found;
    for (unsigned offset = 0; offset < count; ++offset) {
        const LineInfoPtr line(gpiod_chip_get_line_info(chip, offset));
        const char* its_name = line ? gpiod_line_info_get_name(line.get()) : nullptr;
        if (its_name != nullptr && name.line == its_name) found.push_back(offset);
    }
    if (found.empty()) {
        return failure(text_of(name) + ": the chip has no line of this name", "`gpioinfo` lists its lines");
    }
    if (found.size() > 1) {
        return failure(text_of(name) + ": " + std::to_string(found.size()) + " lines of the chip have this name",
                       "name them apart in the device tree");
    }
    return found.front();
}

Result<UniqueFd> GpioChips::request_output(const LineName& name, bool high) {
    const auto of_chip = chip(name.chip);
    if (!of_chip) return failure(text_of(name) + ": " + of_chip.error().what, of_chip.error().cure);
    const auto offset = offset_of(*of_chip, name);
    if (!offset) return std::unexpected(offset.error());
    const LineSettings settings(gpiod_line_settings_new());
    YZ_CHECK(settings != nullptr);
    gpiod_line_settings_set_direction(settings.get(), GPIOD_LINE_DIRECTION_OUTPUT);
    gpiod_line_settings_set_output_value(settings.get(), high ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
    auto made = request(*of_chip, std::array{*offset}, settings.get(), consumer_, 0);
    if (!made.request) return refused(*of_chip, *offset, name, made.error);
    return std::move(made.request);
}

Result<GpioChips::Inputs> GpioChips::request_inputs(std::span<const LineName> names, EdgeKind edges, Bias bias,
                                                    std::uint16_t buffer) {
    YZ_CHECK(!names.empty() && buffer > 0 && buffer <= max_edge_buffer);
    const auto of_chip = chip(names.front().chip);
    if (!of_chip) return failure(text_of(names.front()) + ": " + of_chip.error().what, of_chip.error().cure);
    Inputs inputs;
    for (const LineName& name : names) {
        if (name.chip != names.front().chip) {
            return failure(text_of(name) + ": is on another chip than " + text_of(names.front()),
                           "wire both lines of a reader to one chip: their order is known only there");
        }
        const auto offset = offset_of(*of_chip, name);
        if (!offset) return std::unexpected(offset.error());
        inputs.offsets.push_back(*offset);
    }
    const LineSettings settings(gpiod_line_settings_new());
    YZ_CHECK(settings != nullptr);
    gpiod_line_settings_set_direction(settings.get(), GPIOD_LINE_DIRECTION_INPUT);
    gpiod_line_settings_set_edge_detection(settings.get(),
                                           edges == EdgeKind::falling ? GPIOD_LINE_EDGE_FALLING : GPIOD_LINE_EDGE_BOTH);
    gpiod_line_settings_set_bias(settings.get(), bias_of(bias));
    auto made = request(*of_chip, inputs.offsets, settings.get(), consumer_, buffer);
    if (!made.request) {
        // The one that is held is the one to name.
        const auto held = std::find_if(inputs.offsets.begin(), inputs.offsets.end(),
                                       [&](unsigned offset) { return !holder_of(*of_chip, offset).empty(); });
        const auto at = held == inputs.offsets.end() ? 0 : held - inputs.offsets.begin();
        return refused(*of_chip, inputs.offsets[static_cast<std::size_t>(at)], names[static_cast<std::size_t>(at)],
                       made.error);
    }
    inputs.request = std::move(made.request);
    // A wake-up for nothing must not stop the loop.
    if (::fcntl(inputs.request.get(), F_SETFL, O_NONBLOCK) != 0) return refused(*of_chip, 0, names.front(), errno);
    return inputs;
}

std::vector<ChipInfo> GpioChips::survey() {
    std::vector<ChipInfo> chips;
    for (const std::string& path : chip_paths()) {
        const Chip opened(gpiod_chip_open(path.c_str()));
        if (!opened) continue;
        ChipInfo chip{.path = path, .label = label_of(opened.get()), .lines = {}};
        const ChipInfoPtr info(gpiod_chip_get_info(opened.get()));
        const auto count = info ? static_cast<unsigned>(gpiod_chip_info_get_num_lines(info.get())) : 0U;
        for (unsigned offset = 0; offset < count; ++offset) {
            const LineInfoPtr line(gpiod_chip_get_line_info(opened.get(), offset));
            if (!line) continue;
            const char* name = gpiod_line_info_get_name(line.get());
            chip.lines.push_back({name != nullptr ? name : "",
                                  gpiod_line_info_get_direction(line.get()) == GPIOD_LINE_DIRECTION_OUTPUT,
                                  holder_of(opened.get(), offset)});
        }
        chips.push_back(std::move(chip));
    }
    return chips;
}

}  // namespace yizhan
