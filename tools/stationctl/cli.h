#pragma once

namespace yizhan {

// The whole tool: reads the command line, does it, returns the exit code.
int run_stationctl(int argc, const char* const* argv);

}  // namespace yizhan
