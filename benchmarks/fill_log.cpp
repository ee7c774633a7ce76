// A station's log with many records that nobody has acknowledged: fill_log SETTINGS COUNT FILE.
#include <charconv>
#include <cstdio>
#include <string_view>
#include <vector>

#include "drivers/ports/files.h"
#include "firmware/settings/settings_file.h"
#include "firmware/storage/access_log.h"
#include "hal/check.h"

int main(int argc, char** argv) {
    using namespace yizhan;
    if (argc != 4) {
        std::fputs("usage: fill_log SETTINGS COUNT FILE\n", stderr);
        return 2;
    }
    SystemFiles files;
    const auto settings = read_settings(files, argv[1]);
    YZ_CHECK(settings.has_value());
    const std::string_view digits(argv[2]);
    std::uint64_t count = 0;
    YZ_CHECK(std::from_chars(digits.data(), digits.data() + digits.size(), count).ec == std::errc{});
    auto log = AccessLog::open({argv[3], 7}, settings->settings.station, KeyBytes{1}, KeyBytes{2});
    YZ_CHECK(log && (*log)->restore());
    constexpr std::uint64_t batch = 256;
    for (std::uint64_t first = 1; first <= count; first += batch) {
        std::vector<Record> records;
        for (std::uint64_t seq = first; seq < first + batch && seq <= count; ++seq) {
            Record record;
            record.seq = seq;
            record.type = seq % 2 == 0 ? RecordType::entered : RecordType::granted;
            record.at = {.boot = 0xb007,
                         .mono = Mono(milliseconds(seq * 977)),
                         .wall = Wall(milliseconds(1'790'000'000'000 + static_cast<std::int64_t>(seq) * 977)),
                         .trusted = true};
            record.outcome = seq % 2 == 0 ? Outcome::none : Outcome::welcome;
            record.door = DoorIndex{0};
            record.reader = ReaderIndex{0};
            record.visit = (seq / 2) * 0x9E37'79B9'7F4A'7C15ULL;
            record.credential = {.key_id = 7, .digest = {static_cast<std::uint8_t>(seq)}};
            records.push_back(record);
        }
        YZ_CHECK((*log)->commit(std::move(records), nullptr).has_value());
    }
    return 0;
}
