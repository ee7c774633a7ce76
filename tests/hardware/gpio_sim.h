// A GPIO chip of the kernel's gpio-sim: the test pulls its inputs and looks at its outputs. Needs root, configfs and
// the module: run it in the guest (tests/hardware/guest.py).
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "hal/check.h"

namespace yizhan::testing {

class GpioSim {
 public:
    // Line i is called lines[i]; empty names are unnamed. `device` tells chips of one label apart.
    GpioSim(const std::string& label, const std::vector<std::string>& lines, const std::string& device = "board")
        : folder_("/sys/kernel/config/gpio-sim/" + device) {
        std::filesystem::create_directories(folder_ / "bank0");
        write(folder_ / "bank0/num_lines", std::to_string(lines.size()));
        write(folder_ / "bank0/label", label);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (lines[i].empty()) continue;
            const auto line = folder_ / "bank0" / ("line" + std::to_string(i));
            std::filesystem::create_directory(line);
            write(line / "name", lines[i]);
        }
        write(folder_ / "live", "1");
        device_ = std::filesystem::path("/sys/devices/platform") / read(folder_ / "dev_name") /
                  read(folder_ / "bank0/chip_name");
    }
    GpioSim(const GpioSim&) = delete;
    GpioSim& operator=(const GpioSim&) = delete;
    ~GpioSim() { remove(); }

    // As if it were unplugged.
    void remove() {
        if (folder_.empty()) return;
        write(folder_ / "live", "0");
        for (const auto& entry : std::filesystem::directory_iterator(folder_ / "bank0")) {
            if (entry.is_directory()) std::filesystem::remove(entry.path());
        }
        std::filesystem::remove(folder_ / "bank0");
        std::filesystem::remove(folder_);
        folder_.clear();
    }

    // An input follows at once, and its edges are on their way; a line that is held as an output falls to it when let
    // go.
    void pull(std::size_t line, bool up) { write(attribute(line) / "pull", up ? "pull-up" : "pull-down"); }
    bool level(std::size_t line) const { return read(attribute(line) / "value") == "1"; }

 private:
    std::filesystem::path attribute(std::size_t line) const { return device_ / ("sim_gpio" + std::to_string(line)); }
    static void write(const std::filesystem::path& file, const std::string& text) {
        std::ofstream out(file);
        out << text << std::flush;
        YZ_CHECK(out.good());
    }
    static std::string read(const std::filesystem::path& file) {
        std::ifstream in(file);
        std::string text;
        std::getline(in, text);
        return text;
    }

    std::filesystem::path folder_;
    std::filesystem::path device_;
};

}  // namespace yizhan::testing
