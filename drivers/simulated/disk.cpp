#include "drivers/simulated/disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "hal/check.h"

namespace yizhan::simulated {
namespace {

// SQLite gives the memory, we put this into it; `base` comes first, as SQLite demands.
struct OpenDiskFile {
    sqlite3_file base;
    Disk* disk;
    std::shared_ptr<DiskFile> file;
    std::string path;
    std::uint64_t life;  // Disk::lives_ when it was opened
    bool delete_on_close;
};

OpenDiskFile& opened(sqlite3_file* file) { return *reinterpret_cast<OpenDiskFile*>(file); }

void write_into(std::string& image, const PendingWrite& write) {
    const auto offset = static_cast<std::size_t>(write.offset);
    if (!write.bytes) {
        image.resize(offset);
        return;
    }
    if (image.size() < offset + write.bytes->size()) image.resize(offset + write.bytes->size());
    image.replace(offset, write.bytes->size(), *write.bytes);
}

void write_to(DiskFile& file, PendingWrite write) {
    write_into(file.current, write);
    file.pending.push_back(std::move(write));
}

bool another_holds(const OpenDiskFile& self, int level) {
    return std::any_of(self.file->locks.begin(), self.file->locks.end(),
                       [&](const auto& lock) { return lock.first != &self && lock.second >= level; });
}

}  // namespace

// The C functions SQLite calls.
struct DiskCalls {
    static Disk& disk_of(sqlite3_vfs* vfs) { return *static_cast<Disk*>(vfs->pAppData); }

    static bool killed(const OpenDiskFile& self) { return self.life != self.disk->lives_; }
    static bool dead(const OpenDiskFile& self) { return killed(self) || self.disk->failing_; }

    // What a killed program still asks for is no change.
    static bool may_change(const OpenDiskFile& self) { return !killed(self) && self.disk->may_change(); }

    static int close(sqlite3_file* handle) {
        auto& self = opened(handle);
        self.file->locks.erase(&self);
        if (self.delete_on_close && !dead(self)) self.disk->files_.erase(self.path);
        self.~OpenDiskFile();
        return SQLITE_OK;
    }

    static int read(sqlite3_file* handle, void* into, int amount, sqlite3_int64 offset) {
        auto& self = opened(handle);
        if (dead(self)) return SQLITE_IOERR_READ;
        const auto& bytes = self.file->current;
        const auto from = std::min(static_cast<std::size_t>(offset), bytes.size());
        const auto count = std::min(static_cast<std::size_t>(amount), bytes.size() - from);
        std::memcpy(into, bytes.data() + from, count);
        if (count == static_cast<std::size_t>(amount)) return SQLITE_OK;
        std::memset(static_cast<char*>(into) + count, 0, static_cast<std::size_t>(amount) - count);  // as demanded
        return SQLITE_IOERR_SHORT_READ;
    }

    static int write(sqlite3_file* handle, const void* bytes, int amount, sqlite3_int64 offset) {
        auto& self = opened(handle);
        if (!may_change(self)) return SQLITE_IOERR_WRITE;
        const auto end = static_cast<std::size_t>(offset) + static_cast<std::size_t>(amount);
        if (self.disk->full_ && end > self.file->current.size()) return SQLITE_FULL;
        write_to(*self.file, {static_cast<std::uint64_t>(offset),
                              std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(amount))});
        return SQLITE_OK;
    }

    static int truncate(sqlite3_file* handle, sqlite3_int64 size) {
        auto& self = opened(handle);
        if (!may_change(self)) return SQLITE_IOERR_TRUNCATE;
        write_to(*self.file, {static_cast<std::uint64_t>(size), std::nullopt});
        return SQLITE_OK;
    }

    static int sync(sqlite3_file* handle, int) {
        auto& self = opened(handle);
        if (killed(self)) return SQLITE_IOERR_FSYNC;
        if (!self.disk->sync(self.path) || dead(self)) {
            // Linux writes such pages at no later sync either, though a program reads them:
            // https://lwn.net/Articles/752063/
            self.file->pending.clear();
            return SQLITE_IOERR_FSYNC;
        }
        for (const auto& write : self.file->pending) write_into(self.file->durable, write);
        self.file->pending.clear();
        self.file->created_durably = true;
        return SQLITE_OK;
    }

    static int file_size(sqlite3_file* handle, sqlite3_int64* size) {
        auto& self = opened(handle);
        if (dead(self)) return SQLITE_IOERR_FSTAT;
        *size = static_cast<sqlite3_int64>(self.file->current.size());
        return SQLITE_OK;
    }

    // Shared until somebody wants to write, one at a time beyond: as https://sqlite.org/lockingv3.html has it.
    static int lock(sqlite3_file* handle, int level) {
        auto& self = opened(handle);
        if (dead(self)) return SQLITE_IOERR_LOCK;
        auto& mine = self.file->locks[&self];
        if (mine >= level) return SQLITE_OK;
        const int conflicting = level == SQLITE_LOCK_SHARED     ? SQLITE_LOCK_PENDING
                                : level == SQLITE_LOCK_RESERVED ? SQLITE_LOCK_RESERVED
                                                                : SQLITE_LOCK_SHARED;
        if (another_holds(self, conflicting)) return SQLITE_BUSY;
        mine = level;
        return SQLITE_OK;
    }

    static int unlock(sqlite3_file* handle, int level) {
        auto& self = opened(handle);
        self.file->locks[&self] = level;
        return SQLITE_OK;
    }

    static int check_reserved_lock(sqlite3_file* handle, int* held) {
        auto& self = opened(handle);
        *held = another_holds(self, SQLITE_LOCK_RESERVED) ? 1 : 0;
        return SQLITE_OK;
    }

    static int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
    static int sector_size(sqlite3_file*) { return 4096; }
    static int device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

    static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* handle, int flags, int* out_flags) {
        handle->pMethods = nullptr;
        auto& disk = disk_of(vfs);
        if (disk.failing_) return SQLITE_IOERR;
        std::shared_ptr<DiskFile> file;
        if (path == nullptr) {
            file = std::make_shared<DiskFile>();  // a temporary file: nobody else sees it
        } else if (const auto found = disk.files_.find(path); found != disk.files_.end()) {
            file = found->second;
        } else {
            if ((flags & SQLITE_OPEN_CREATE) == 0 || disk.read_only_ || disk.full_) return SQLITE_CANTOPEN;
            file = std::make_shared<DiskFile>();
            disk.files_.emplace(path, file);
        }
        if (disk.read_only_) flags = (flags & ~SQLITE_OPEN_READWRITE) | SQLITE_OPEN_READONLY;
        if (out_flags != nullptr) *out_flags = flags;
        auto* self = new (handle) OpenDiskFile{.base = {},
                                               .disk = &disk,
                                               .file = std::move(file),
                                               .path = path == nullptr ? "" : path,
                                               .life = disk.lives_,
                                               .delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0};
        self->base.pMethods = &methods;
        return SQLITE_OK;
    }

    static int remove(sqlite3_vfs* vfs, const char* path, int) {
        auto& disk = disk_of(vfs);
        if (!disk.may_change()) return SQLITE_IOERR_DELETE;
        return disk.files_.erase(path) == 1 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
    }

    static int access(sqlite3_vfs* vfs, const char* path, int what, int* yes) {
        auto& disk = disk_of(vfs);
        *yes = disk.files_.contains(path) && (what != SQLITE_ACCESS_READWRITE || !disk.read_only_) ? 1 : 0;
        return SQLITE_OK;
    }

    static int full_pathname(sqlite3_vfs*, const char* path, int size, char* out) {
        const auto length = std::strlen(path);
        if (length >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
        std::memcpy(out, path, length + 1);
        return SQLITE_OK;
    }

    // Xorshift: the same bytes in every run.
    static int randomness(sqlite3_vfs* vfs, int size, char* out) {
        auto& x = disk_of(vfs).random_;
        for (int i = 0; i < size; ++i) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            out[i] = static_cast<char>(x & 0xFF);
        }
        return size;
    }

    static int sleep(sqlite3_vfs*, int wanted) { return wanted; }

    static int current_time(sqlite3_vfs*, double* julian_day) {
        *julian_day = 2460000.5;  // always the same day: nothing stored comes from here
        return SQLITE_OK;
    }

    static int last_error(sqlite3_vfs*, int, char*) { return 0; }

    static const sqlite3_io_methods methods;
};

const sqlite3_io_methods DiskCalls::methods{
    .iVersion = 1,  // no shared memory, no memory mapping
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = file_size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

Disk::Disk(std::string name) : name_(std::move(name)), vfs_(std::make_unique<sqlite3_vfs>()) {
    YZ_CHECK(sqlite3_initialize() == SQLITE_OK);
    YZ_CHECK(sqlite3_vfs_find(name_.c_str()) == nullptr);
    vfs_->iVersion = 1;
    vfs_->szOsFile = sizeof(OpenDiskFile);
    vfs_->mxPathname = 512;
    vfs_->zName = name_.c_str();
    vfs_->pAppData = this;
    vfs_->xOpen = DiskCalls::open;
    vfs_->xDelete = DiskCalls::remove;
    vfs_->xAccess = DiskCalls::access;
    vfs_->xFullPathname = DiskCalls::full_pathname;
    vfs_->xRandomness = DiskCalls::randomness;
    vfs_->xSleep = DiskCalls::sleep;
    vfs_->xCurrentTime = DiskCalls::current_time;
    vfs_->xGetLastError = DiskCalls::last_error;
    YZ_CHECK(sqlite3_vfs_register(vfs_.get(), 0) == SQLITE_OK);
    // What a -wal is salted with is of SQLite's own dice, which the real file system would seed.
    constexpr unsigned seed = 1;
    YZ_CHECK(sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, seed, nullptr) == SQLITE_OK);
}

Disk::~Disk() { sqlite3_vfs_unregister(vfs_.get()); }

std::map<std::string, std::string> Disk::after_power_cut(const Reached& reached) const {
    std::map<std::string, std::string> left;
    for (const auto& [path, file] : files_) {
        if (!file->created_durably) continue;
        std::string& bytes = left.emplace(path, file->durable).first->second;
        for (PendingWrite write : file->pending) {
            const auto came = reached(write);
            if (came == 0) continue;
            if (write.bytes) write.bytes->resize(std::min<std::size_t>(came, write.bytes->size()));
            write_into(bytes, write);
        }
    }
    return left;
}

std::vector<std::uint64_t> Disk::unsynced() const {
    std::vector<std::uint64_t> sizes;
    for (const auto& [path, file] : files_) {
        if (!file->created_durably) continue;
        for (const PendingWrite& write : file->pending) sizes.push_back(write.bytes ? write.bytes->size() : 0);
    }
    return sizes;
}

Disk::Reached some_of_each(Random& dice) {
    return [&dice](const PendingWrite& write) -> std::uint64_t {
        const std::uint64_t whole = write.bytes ? write.bytes->size() : 1;
        if (dice.one_in(2)) return 0;
        return dice.one_in(4) ? std::min(whole, Disk::sector * dice.below(whole / Disk::sector + 1)) : whole;
    };
}

void Disk::power_cut(const Reached& reached) {
    ++lives_;
    auto left = after_power_cut(reached ? reached : [](const PendingWrite&) { return std::uint64_t{0}; });
    // Dead handles keep the old file; whoever opens it anew gets what was left of it.
    files_.clear();
    for (auto& [path, bytes] : left) put(path, std::move(bytes));
}

std::vector<std::string> Disk::paths() const {
    std::vector<std::string> paths;
    for (const auto& [path, file] : files_) paths.push_back(path);
    return paths;
}

std::string& Disk::contents(const std::string& path) {
    const auto found = files_.find(path);
    YZ_CHECK(found != files_.end());
    return found->second->current;
}

bool Disk::rename(const std::string& from, const std::string& to) {
    if (!exists(from) || !may_change()) return false;
    files_[to] = files_.at(from);
    files_.erase(from);
    return true;
}

bool Disk::remove(const std::string& path) {
    if (!exists(path) || !may_change()) return false;
    files_.erase(path);
    return true;
}

bool Disk::change() const {
    const auto hook = on_change_;  // a copy: it may be taken back from inside
    return !hook || hook();
}

bool Disk::sync(const std::string& path) {
    if (!change()) return false;
    ++syncs_;
    return !on_sync_ || on_sync_(path, syncs_);
}

bool Disk::may_change() const {
    const auto lives = lives_;
    return change() && lives_ == lives && !read_only_ && !failing_;
}

void Disk::damage(const std::string& path, std::uint64_t offset, const std::string& bytes) {
    const auto found = files_.find(path);
    YZ_CHECK(found != files_.end());
    for (std::string* image : {&found->second->durable, &found->second->current}) {
        if (offset >= image->size()) continue;
        const auto size = std::min(bytes.size(), image->size() - static_cast<std::size_t>(offset));
        image->replace(static_cast<std::size_t>(offset), size, bytes, 0, size);
    }
}

void Disk::put(const std::string& path, std::string contents) {
    auto file = std::make_shared<DiskFile>();
    file->durable = contents;
    file->current = std::move(contents);
    file->created_durably = true;
    files_[path] = std::move(file);
}

}  // namespace yizhan::simulated
