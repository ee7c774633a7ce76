#include "tools/stationctl/secret_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <cerrno>

#include "drivers/ports/unique_fd.h"

namespace yizhan {
namespace {

constexpr std::size_t longest_secret = 4096;

void wipe(std::string& text) { explicit_bzero(text.data(), text.capacity()); }

}  // namespace

SecretFile::SecretFile(SecretFile&& other) noexcept : text_(other.text_) { wipe(other.text_); }

SecretFile::~SecretFile() { wipe(text_); }

Result<SecretFile> SecretFile::read(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about{};
    if (!fd || ::fstat(fd.get(), &about) != 0) {
        return failure(path + ": " + strerror(errno), "name the file with the secret");
    }
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return failure(path + ": others may read this secret", "chmod 600 " + path);
    }
    SecretFile secret;
    secret.text_.resize(longest_secret + 1);
    const auto got = ::read(fd.get(), secret.text_.data(), secret.text_.size());
    if (got < 0) return failure(path + ": " + strerror(errno), "name the file with the secret");
    if (static_cast<std::size_t>(got) > longest_secret) {
        return failure(path + ": too long for a secret", "name the file with the secret");
    }
    secret.text_.resize(static_cast<std::size_t>(got));
    if (secret.text_.ends_with('\n')) secret.text_.pop_back();
    return secret;
}

}  // namespace yizhan
