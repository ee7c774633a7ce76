#include "firmware/identity/member_tool.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "firmware/identity/credential_id.h"
#include "firmware/identity/member_csv.h"
#include "firmware/identity/member_list_builder.h"
#include "firmware/identity/member_list_check.h"

namespace yizhan {

Result<MemberListReport> build_member_list(File& csv, const MemberListOrder& order,
                                           std::span<const std::byte> centre_secret, Files& files,
                                           const std::string& out_path) {
    auto key = derive_station_key(centre_secret, order.station);
    if (!key) return std::unexpected(key.error());
    const CredentialDigest digest(*key);
    OPENSSL_cleanse(key->data(), key->size());

    BoundedErrors errors;
    MemberCsv members = read_member_csv(csv, digest, errors);
    auto& rows = members.table.rows;
    sort_by_digest(rows);
    for (const auto& duplicate : duplicates_in(rows)) {
        errors.add({fmt::format("{}:{}: credential: the same as in line {}", csv.name(), duplicate.line,
                                duplicate.earlier_line),
                    "delete one of the two rows"});
    }
    MemberListReport report{.rows = members.rows,
                            .members = rows.size(),
                            .errors = std::move(errors.errors),
                            .more_errors = errors.more,
                            .key_id = digest.key_id(),
                            .groups = members.table.groups};
    if (!report.errors.empty()) return report;

    const MemberListInfo info{.station = order.station,
                              .version = order.version,
                              .built_at = order.built_at,
                              .key_id = digest.key_id(),
                              .count = rows.size(),
                              .groups = members.table.groups};
    const auto file = member_list_file(info, members.table);
    if (!file) return std::unexpected(file.error());
    if (const auto ok = files.replace(out_path, *file); !ok) return std::unexpected(ok.error());
    report.written = true;
    return report;
}

Result<MemberListInfo> check_member_list(File& file, const MemberListExpectation& expected) {
    const auto size = member_list_size(file);
    if (!size) return std::unexpected(size.error());
    std::vector<std::byte> memory(*size);
    auto info = read_member_list(file, memory);
    if (!info) return info;
    const auto ok =
        check_member_list_fits(*info, expected.station.value_or(info->station), expected.key_id.value_or(info->key_id),
                               expected.groups.value_or(info->groups), file.name());
    if (!ok) return std::unexpected(ok.error());
    return info;
}

}  // namespace yizhan
