// A disk in memory, as SQLite sees one (a "VFS"): the twin of the real file system below firmware/storage.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/simulated/random.h"

struct sqlite3_vfs;

namespace yizhan::simulated {

// What was written to a file since it was last synced, in order. A crash that keeps only some of it can be built from
// this list.
struct PendingWrite {
    std::uint64_t offset = 0;
    std::optional<std::string> bytes;  // none: the file was cut to `offset`
};

struct DiskFile {
    std::string durable;  // what a power cut leaves
    std::string current;  // what a program reads: `durable` with `pending` applied
    std::vector<PendingWrite> pending;
    bool created_durably = false;  // synced at least once; before that a power cut takes the whole file away
    std::map<const void*, int> locks;  // SQLITE_LOCK_… level by open handle
};

// Files survive being closed and live as long as the Disk. Deterministic. One thread at a time; every connection that
// uses it must be closed (or its program have "died" in a power cut, and then be closed) before the Disk dies.
//
// Deleting a file and creating one (from its first sync on) are durable at once: SQLite asks for the folder to be
// synced where it depends on it. Shared memory is not offered: a WAL database opens only with locking_mode=EXCLUSIVE,
// which is how the log is to be opened anyway.
class Disk {
 public:
    // `name` is what sqlite3_open_v2 is given; unique in the process.
    explicit Disk(std::string name);
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;
    ~Disk();

    const char* name() const { return name_.c_str(); }

    static constexpr std::uint64_t sector = 512;  // what a disk writes as a whole

    // Every open handle is dead, and what was written stays: their program was killed.
    void kill_handles() { ++lives_; }

    // What the files would hold after a power cut now. `reached`, asked for every write that is not synced, in order,
    // says how many of its bytes came that far; of a cut anything but 0 says that it did.
    using Reached = std::function<std::uint64_t(const PendingWrite&)>;
    std::map<std::string, std::string> after_power_cut(const Reached& reached) const;
    std::vector<std::uint64_t> unsynced() const;  // bytes of each write, in order; of a cut 0

    // What was not synced is gone, but for what `reached` says. Every open handle is dead: it answers SQLITE_IOERR
    // until it is closed. Files opened afterwards work.
    void power_cut(const Reached& reached = {});

    // Faults. They last until set back.
    void set_full(bool full) { full_ = full; }  // no file can grow: SQLITE_FULL
    void set_read_only(bool read_only) { read_only_ = read_only; }
    void set_failing(bool failing) { failing_ = failing; }  // reads, writes and syncs: SQLITE_IOERR
    // Called before each sync takes effect with the file's path and the number of syncs so far; false makes it fail.
    // May call power_cut().
    void on_sync(std::function<bool(const std::string& path, std::uint64_t count)> hook) { on_sync_ = std::move(hook); }

    // Called before every write, cut, sync, renaming and removal of a file takes effect; false makes it fail, alone.
    // May call power_cut().
    void on_change(std::function<bool()> hook) { on_change_ = std::move(hook); }

    std::uint64_t syncs() const { return syncs_; }
    std::vector<std::string> paths() const;
    bool exists(const std::string& path) const { return files_.contains(path); }
    // What a program would read, to look at or to damage. The file must exist.
    std::string& contents(const std::string& path);
    // Atomic and durable. False, and nothing happens, while the disk is read-only or failing, or without such a file.
    bool rename(const std::string& from, const std::string& to);
    bool remove(const std::string& path);  // likewise
    // What a program reads there and what a power cut leaves is something else from now on, to the file's end at most.
    void damage(const std::string& path, std::uint64_t offset, const std::string& bytes);
    // Makes or replaces a file, durably.
    void put(const std::string& path, std::string contents);

 private:
    friend struct DiskCalls;
    bool change() const;  // one is about to take place: may it?
    bool may_change() const;
    bool sync(const std::string& path);  // likewise

    std::string name_;
    std::unique_ptr<sqlite3_vfs> vfs_;
    std::map<std::string, std::shared_ptr<DiskFile>> files_;
    std::uint64_t lives_ = 0;  // a handle of an earlier life is dead
    std::uint64_t syncs_ = 0;
    std::uint64_t random_ = 1;
    bool full_ = false;
    bool read_only_ = false;
    bool failing_ = false;
    std::function<bool(const std::string&, std::uint64_t)> on_sync_;
    std::function<bool()> on_change_;
};

// Of each write nothing, all, or some of its sectors from the first on: what a disk may have done by then. `dice`
// outlives it.
Disk::Reached some_of_each(Random& dice);

}  // namespace yizhan::simulated
