#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace yizhan::collector {

// One PostgreSQL server of our own, on a socket in a directory of its own, as a user that is not root. Dies with this
// object, or with the test.
class RealPostgresql {
 public:
    RealPostgresql();
    ~RealPostgresql();
    RealPostgresql(const RealPostgresql&) = delete;
    RealPostgresql& operator=(const RealPostgresql&) = delete;

    void start();  // returns once it takes connections
    void kill_hard();
    // Of a new, empty database, as open_sql() takes it.
    std::string new_database();

 private:
    std::string address(const std::string& database) const;

    std::filesystem::path directory_;
    pid_t pid_ = 0;
    int databases_ = 0;
};

}  // namespace yizhan::collector
