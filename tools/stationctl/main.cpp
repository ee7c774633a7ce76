// stationctl: the maintenance tool of a station. Speaks to the control socket; never touches a running station's files.
#include <csignal>

#include "tools/stationctl/cli.h"

int main(int argc, char** argv) {
    // A reader that goes away (a pager that was left) shows as a failed write.
    std::signal(SIGPIPE, SIG_IGN);
    return yizhan::run_stationctl(argc, argv);
}
