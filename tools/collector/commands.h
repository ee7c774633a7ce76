#pragma once

#include <functional>

#include "hal/error.h"
#include "hal/file.h"
#include "tools/collector/collector_settings.h"

namespace CLI {
class App;
}

namespace yizhan::collector {

// The one that was asked for; gives the program's exit code.
struct Commands {
    std::function<int(const CollectorSettings&, Files&)> run;
};

void add_commands(CLI::App& app, Commands& commands);
void tell(const Error& error);  // the journal, or whoever looks on

}  // namespace yizhan::collector
