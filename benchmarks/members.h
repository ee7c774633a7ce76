// Made-up members: the i-th credential is an ID card of region 999999 that nobody has.
#pragma once

#include <array>
#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

#include "firmware/identity/credential_id.h"
#include "firmware/identity/member_list.h"
#include "firmware/identity/member_list_builder.h"
#include "hal/check.h"
#include "hal/file.h"

namespace yizhan::benchmarks {

inline constexpr std::string_view station = "benchmark";
inline const std::vector<std::string> groups{"sanitation", "delivery"};

inline Credential credential_of(std::uint64_t number) {
    std::array<char, 18> text{};
    text.fill('9');
    for (std::size_t i = text.size(); i-- > 6; number /= 10) text[i] = static_cast<char>('0' + number % 10);
    return {CredentialKind::resident_id, std::string_view(text.data(), text.size())};
}

// Sorted by digest.
inline std::vector<MemberRow> rows_of(const CredentialDigest& digest, std::uint64_t count) {
    std::vector<MemberRow> rows(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        rows[i].digest = digest(credential_of(i)).digest;
        rows[i].groups = 1 + i % 3;
    }
    sort_by_digest(rows);
    return rows;
}

// A list file that is in memory already, as a file just received is in the page cache.
class ListFile final : public File {
 public:
    explicit ListFile(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
    std::string name() const override { return "benchmark.members"; }
    Result<std::uint64_t> size() override { return bytes_.size(); }
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) override {
        const auto rest = std::span(bytes_).subspan(std::min<std::size_t>(offset, bytes_.size()));
        const auto part = rest.first(std::min(rest.size(), into.size()));
        std::ranges::copy(part, into.begin());
        return part.size();
    }

 private:
    std::vector<std::byte> bytes_;
};

template <class T>
T or_stop(Result<T> result) {
    if (!result) std::fprintf(stderr, "%s\n%s\n", result.error().what.c_str(), result.error().cure.c_str());
    YZ_CHECK(result.has_value());
    return std::move(*result);
}

inline std::vector<std::byte> list_bytes(std::uint32_t key_id, std::vector<MemberRow> rows) {
    const MemberTable table{groups, std::move(rows)};
    return or_stop(member_list_file({.station = std::string(station), .version = 1, .key_id = key_id}, table));
}

}  // namespace yizhan::benchmarks
