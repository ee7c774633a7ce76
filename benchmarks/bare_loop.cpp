// What a door controller could do at best: wait for one edge, set one line. bare_loop CHIP INPUT OUTPUT: a falling edge
// of INPUT (line numbers of the chip's device file) drives OUTPUT high, a rising one low, until the input ends.
#include <gpiod.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    gpiod_chip* chip = gpiod_chip_open(argv[1]);
    const unsigned input = static_cast<unsigned>(std::atoi(argv[2]));
    const unsigned output = static_cast<unsigned>(std::atoi(argv[3]));
    if (chip == nullptr) return 1;
    gpiod_request_config* name = gpiod_request_config_new();
    gpiod_request_config_set_consumer(name, "bare_loop");
    const auto request = [&](unsigned line, gpiod_line_direction direction, gpiod_line_edge edge) {
        gpiod_line_settings* settings = gpiod_line_settings_new();
        gpiod_line_settings_set_direction(settings, direction);
        gpiod_line_settings_set_edge_detection(settings, edge);
        gpiod_line_config* config = gpiod_line_config_new();
        gpiod_line_config_add_line_settings(config, &line, 1, settings);
        return gpiod_chip_request_lines(chip, name, config);
    };
    gpiod_line_request* edges = request(input, GPIOD_LINE_DIRECTION_INPUT, GPIOD_LINE_EDGE_BOTH);
    gpiod_line_request* line = request(output, GPIOD_LINE_DIRECTION_OUTPUT, GPIOD_LINE_EDGE_NONE);
    gpiod_edge_event_buffer* buffer = gpiod_edge_event_buffer_new(1);
    if (edges == nullptr || line == nullptr || buffer == nullptr) return 1;
    std::puts("ready");
    std::fflush(stdout);
    while (gpiod_line_request_read_edge_events(edges, buffer, 1) == 1) {
        gpiod_edge_event* event = gpiod_edge_event_buffer_get_event(buffer, 0);
        const bool falling = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_FALLING_EDGE;
        gpiod_line_request_set_value(line, output, falling ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
    }
    return 1;
}
