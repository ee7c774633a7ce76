#include "tools/stationctl/enrol_sheet.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace yizhan {
namespace {

constexpr std::size_t longest_header = 4096;

std::unexpected<Error> cannot(const std::string& path, const char* what) {
    return failure(path + ": cannot " + what + ": " + std::strerror(errno), "check the folder, its rights and space");
}

std::string_view trimmed(std::string_view cell) {
    constexpr std::string_view around = " \t\r\"";
    const auto first = cell.find_first_not_of(around);
    return first == std::string_view::npos ? "" : cell.substr(first, cell.find_last_not_of(around) - first + 1);
}

}  // namespace

Result<std::size_t> EnrolSheet::credential_column(const std::string& header, const std::string& path) {
    std::string_view rest = header;
    if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
    for (std::size_t column = 0;; ++column) {
        const auto end = rest.find(',');
        if (trimmed(rest.substr(0, end)) == "credential") return column;
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return failure(path + ":1: there is no column credential", "name a member file, or a new one with --out");
}

Result<EnrolSheet> EnrolSheet::open(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!fd) return cannot(path, "open");
    EnrolSheet sheet(std::move(fd), path);
    if (const auto ready = sheet.prepare(); !ready) return std::unexpected(ready.error());
    return sheet;
}

Result<void> EnrolSheet::prepare() {
    struct stat about{};
    if (::fstat(fd_.get(), &about) != 0) return cannot(path_, "read");
    if (!S_ISREG(about.st_mode)) return failure(path_ + ": is not a file", "name a file with --out");
    if (about.st_size == 0) return write("credential\n");
    std::string head(longest_header, '\0');
    const auto got = ::pread(fd_.get(), head.data(), head.size(), 0);
    char last = '\n';
    if (got <= 0 || ::pread(fd_.get(), &last, 1, about.st_size - 1) != 1) return cannot(path_, "read");
    head.resize(static_cast<std::size_t>(got));
    head.resize(std::min(head.size(), head.find('\n')));
    const auto column = credential_column(head, path_);
    if (!column) return std::unexpected(column.error());
    before_ = std::string(*column, ',');
    after_ = std::string(static_cast<std::size_t>(std::ranges::count(head, ',')) - *column, ',');
    return last == '\n' ? Result<void>() : write("\n");
}

Result<bool> EnrolSheet::add(const std::string& credential) {
    if (noted_.contains(credential)) return false;
    if (const auto ok = write(before_ + "digest:" + credential + after_ + '\n'); !ok) {
        return std::unexpected(ok.error());
    }
    noted_.insert(credential);
    return true;
}

Result<void> EnrolSheet::write(const std::string& text) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto written = ::write(fd_.get(), rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return cannot(path_, "write");
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fdatasync(fd_.get()) != 0) return cannot(path_, "write");
    return {};
}

}  // namespace yizhan
