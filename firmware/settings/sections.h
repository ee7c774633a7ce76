// One reader per section of the file. Bounds of every setting stand where it is read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/settings/reading.h"
#include "firmware/settings/settings.h"

namespace yizhan {

// Who is asked on which Modbus line, and how often: they share it, and nobody else may speak there.
class ModbusDevices {
 public:
    // `at`: none: the device has its address for itself; else this register of it.
    void add(Section& section, const std::string& port, std::uint8_t address, std::optional<std::uint16_t> at,
             milliseconds poll);

 private:
    struct Device {
        std::uint8_t address;
        std::optional<std::uint16_t> at;
        milliseconds poll;
    };
    std::map<std::string, std::vector<Device>> lines_;
};

void read_station(Section& file, Settings& settings);  // [station] [admission] [clock] [occupancy] [[group]]
// A broker's keys, of a section that has others too.
void read_broker(Section& section, BrokerSettings& broker);
void read_programs(Section& file, Settings& settings);  // [identity] [log] [control] [commands] [uplink] [sound]
void read_doors(Section& file, Settings& settings);  // [[door]]
void read_outlets(Section& file, Settings& settings, ModbusDevices& devices);  // [charging] [[outlet]]
void read_inputs(Section& file, Settings& settings, ModbusDevices& devices);  // [[input]]
void read_readers(Section& file, Settings& settings);  // [[reader]]: after doors and outlets, which they name

// { line, active } and { line, active, bias, debounce }, inside the section of what is wired there. An output that is
// not there and not required stays away.
void read_output_keys(Section& section, OutputSettings& output);
std::optional<OutputSettings> read_output(Section& section, std::string_view key, Need need = Need::optional);
void read_line_keys(Section& section, InputSettings& input);  // all but debounce
void read_input_keys(Section& section, InputSettings& input);
PzemSettings read_pzem_keys(Section& section, ModbusDevices& devices);
// thermometer = { port, address, register, … }
std::optional<ThermometerSettings> read_thermometer(Section& section, ModbusDevices& devices);
std::optional<InputSettings> read_input(Section& section, std::string_view key);

}  // namespace yizhan
