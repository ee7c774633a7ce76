// What goes wrong with the machine and what it is connected to: power, disk, broker, clock.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/simulator/faults.h"

namespace yizhan::simulator {
namespace {

constexpr milliseconds usual_latency{20};  // of the broker, each way
constexpr Wall long_ago{seconds{946684800}};  // 2000-01-01, where a clock without a battery begins

}  // namespace

bool Faults::strike_power(FaultKind kind) {
    switch (kind) {
        case FaultKind::power_cut_at_io:
            cut_at_io(400);
            return true;
        case FaultKind::clock_unset: {
            tell("the power goes, and the clock forgets the year");
            blow(Blow::cut_power);
            if (unset_clocks_++ == 0) knew_the_year_ = station_.scheduler.now();
            station_.scheduler.set_wall(long_ago);
            distrust([this] {
                if (--unset_clocks_ > 0) return;
                const auto since = std::chrono::duration_cast<milliseconds>(now_.mono - knew_the_year_.mono);
                station_.scheduler.set_wall(knew_the_year_.wall + since);
            });
            return true;
        }
        case FaultKind::stationd_killed:
            blow(Blow::kill_stationd);
            return true;
        case FaultKind::stationd_restarted:
            blow(Blow::restart_stationd);
            return true;
        case FaultKind::uplink_killed:
            if (station_.uplink == nullptr) return false;
            if (dice_.one_in(2)) {
                tell("station-uplink is told to stop");
                station_.uplink->stop([] {});
                lasts(seconds{1}, seconds{10}, [this] { blow(Blow::kill_uplink); });
            } else {
                blow(Blow::kill_uplink);
            }
            return true;
        default:
            blow(Blow::cut_power);
            return true;
    }
}

// The machine stops at one of the next writes to disk or line, in the middle of whatever it is doing: what it does in
// the rest of that turn reaches nobody.
void Faults::cut_at_io(std::uint64_t writes) {
    io_left_ = 1 + dice_.below(writes);
    tell(fmt::format("the power goes with write {} from now", io_left_));
    const auto count = [this] {
        if (io_left_ == 0 || --io_left_ > 0) return;
        stop_machine();
    };
    station_.disk.on_change([count] {
        count();
        return true;
    });
    station_.world->gpio().on_write(count);
}

void Faults::stop_machine() {
    station_.disk.power_cut(simulated::some_of_each(dice_));
    station_.world->gpio().freeze(true);
    stopped_ = true;
    blow(Blow::cut_power);
}

void Faults::strike_disk(FaultKind kind) {
    switch (kind) {
        case FaultKind::disk_slow:
            tell("the disk is slow");
            ++stalls_;
            slow_down();
            return disk_lasts(minutes{30}, [this] {
                --stalls_;
                slow_down();
            });
        case FaultKind::disk_stalled:
            tell("the disk stalls");
            ++stalls_;
            ++stopped_disks_;
            slow_down();
            return disk_lasts(minutes{90}, [this] {
                --stalls_;
                --stopped_disks_;
                slow_down();
                // While it writes what has waited.
                if (!ended_) cut_soon();
            });
        case FaultKind::disk_full:
            tell("the disk is full");
            ++full_disks_;
            station_.disk.set_full(true);
            return disk_lasts(minutes{90}, [this] {
                --full_disks_;
                station_.disk.set_full(full_disks_ > 0);
            });
        default:
            tell("the disk fails");
            ++failing_disks_;
            station_.disk.set_failing(true);
            return disk_lasts(minutes{90}, [this] {
                --failing_disks_;
                station_.disk.set_failing(disk_fails());
            });
    }
}

void Faults::slow_down() {
    if (station_.log_worker == nullptr) return;
    station_.log_worker->set_latency(stalls_ > stopped_disks_ ? milliseconds{2000} : milliseconds{5});
    stopped_disks_ > 0 ? station_.log_worker->stall() : station_.log_worker->resume();
    // Lists and settings are on it as well.
    station_.file_worker->set_latency(stalls_ > 0 ? milliseconds{1500} : milliseconds{30});
}

void Faults::disk_lasts(milliseconds most, std::function<void()> mend) {
    disk_.begin();
    lasts(seconds{5}, most, [this, mend = std::move(mend)] {
        mend();
        disk_.end(now_.mono);
        // As the message says. Not everybody reads it at once.
        if (station_.log.in_memory && dice_.one_in(2)) blow(Blow::restart_stationd);
    });
}

bool Faults::strike_log() {
    if (!station_.disk.exists(site_.settings.log.path)) return false;
    // What a program has read it need not read again: most of it shows at a start.
    if (dice_.one_in(3)) {
        damage_log();
        return true;
    }
    damages_at_start_ = true;
    constexpr std::array ends{Blow::cut_power, Blow::kill_stationd, Blow::restart_stationd};
    blow(ends[dice_.below(ends.size())]);
    return true;
}

void Faults::before_start() {
    if (!std::exchange(damages_at_start_, false)) return;
    damage_log();
    cut_soon();
}

// At most nine of them are kept: somebody deletes some, if the disk works.
void Faults::delete_damaged_logs() {
    auto& disk = station_.disk;
    std::vector<std::string> kept = disk.paths();
    std::erase_if(kept,
                  [&](const std::string& one) { return !one.starts_with(site_.settings.log.path + ".damaged-"); });
    constexpr std::size_t most = 4;
    for (; kept.size() > most; kept.pop_back()) {
        std::swap(kept.back(), kept[dice_.below(kept.size())]);
        if (!disk.remove(kept.back())) return;
    }
}

// Whole pages, as a disk forgets them: SQLite knows that they are none of its.
void Faults::damage_log() {
    auto& disk = station_.disk;
    const std::string& path = site_.settings.log.path;
    if (!disk.exists(path) || disk.contents(path).empty()) return;
    delete_damaged_logs();
    constexpr std::size_t page = 4096;
    const auto pages = disk.contents(path).size() / page;
    const auto first = dice_.one_in(4) ? 0 : dice_.below(pages);
    const auto count = dice_.one_in(4) ? pages : 1 + dice_.below(3);
    tell(fmt::format("{} of {} pages of the log are damaged from {}", count, pages, first));
    disk.damage(path, first * page, std::string(count * page, 'x'));
    ++log_damages_;
    look_for_order();
}

void Faults::strike_collector() {
    tell("the collector goes away");
    centre_.away = true;
    lasts(seconds{1}, minutes{90}, [this] {
        centre_.away = false;
        if (!dice_.one_in(3)) return;
        tell("the collector has its database of a while ago");
        centre_.restore_a_backup();
    });
}

void Faults::strike_broker(FaultKind kind) {
    auto& broker = station_.broker;
    const auto for_a_while = [this](bool simulated::BrokerFaults::* fault) {
        station_.broker.faults.*fault = true;
        lasts(seconds{1}, minutes{90}, [this, fault] {
            station_.broker.faults.*fault = false;
            station_.broker.faults.acks_late = false;
            // What it took meanwhile it has forgotten, and the keep-alive has run out.
            if (fault == &simulated::BrokerFaults::stalled) station_.broker.cut();
        });
    };
    switch (kind) {
        case FaultKind::broker_away:
            if (!site_.settings.uplink.second_host.empty() && dice_.one_in(2)) {
                tell("the first broker goes away");
                broker.faults.deaf_hosts = {site_.settings.uplink.host};
                broker.cut();
                return lasts(seconds{1}, minutes{90}, [this] { station_.broker.faults.deaf_hosts.clear(); });
            }
            tell("the broker goes away");
            broker.go_away();
            return for_a_while(&simulated::BrokerFaults::away);
        case FaultKind::broker_refuses:
            broker.cut();
            if (site_.settings.uplink.tls && dice_.one_in(2)) {
                tell("the broker's certificate is bad");
                return for_a_while(&simulated::BrokerFaults::bad_certificate);
            }
            tell("the broker refuses");
            return for_a_while(&simulated::BrokerFaults::refuses);
        case FaultKind::broker_stalled:
            tell("the broker stalls");
            return for_a_while(&simulated::BrokerFaults::stalled);
        case FaultKind::broker_dns:
            tell("no name is resolved");
            broker.cut();
            return for_a_while(&simulated::BrokerFaults::dead_dns);
        case FaultKind::broker_acks:
            tell("the broker answers twice");
            broker.faults.acks_late = dice_.one_in(2);
            return for_a_while(&simulated::BrokerFaults::acks_twice);
        case FaultKind::broker_denies:
            if (dice_.one_in(2)) {
                tell("the broker takes no events");
                broker.faults.denied_publish = {"yizhan/v1/+/event"};
            } else {
                tell("nobody listens to events");
                broker.faults.unheard_publish = {"yizhan/v1/+/event"};
            }
            return lasts(seconds{1}, minutes{30}, [this] {
                station_.broker.faults.denied_publish.clear();
                station_.broker.faults.unheard_publish.clear();
            });
        case FaultKind::broker_slow: {
            tell("the line to the broker is slow");
            constexpr std::array<std::size_t, 3> bytes_per_second{0, 2'000, 20'000};
            broker.faults.bytes_per_second = bytes_per_second[dice_.below(bytes_per_second.size())];
            broker.latency = between(usual_latency, seconds{2});
            return lasts(seconds{1}, minutes{90}, [this] {
                station_.broker.faults.bytes_per_second = 0;
                station_.broker.latency = usual_latency;
            });
        }
        case FaultKind::broker_empty:
            tell("the broker forgets everything");
            broker.restart_empty();
            break;
        default:
            tell("the connection breaks");
            broker.cut();
            break;
    }
}

void Faults::distrust(std::function<void()> mend) {
    ++untrusted_clocks_;
    station_.scheduler.set_wall_trusted(site_.settings.clock == ClockTrust::always);
    lasts(seconds{10}, minutes{60}, [this, mend = std::move(mend)] {
        mend();
        if (--untrusted_clocks_ > 0) return;
        station_.scheduler.set_wall_trusted(true);
        trusted_at_ = now_.mono;
    });
}

void Faults::strike_clock(FaultKind kind) {
    auto& scheduler = station_.scheduler;
    switch (kind) {
        case FaultKind::clock_step: {
            const auto by = between(milliseconds{0}, std::chrono::hours{4}) - std::chrono::hours{2};
            tell(fmt::format("the clock steps by {} ms", by.count()));
            return scheduler.step_wall(by);
        }
        case FaultKind::clock_drift:
            tell("the clock drifts");
            return scheduler.set_wall_drift(static_cast<int>(dice_.below(400)) - 200);
        default:
            if (site_.settings.clock == ClockTrust::always) return;
            tell("the clock is not trusted");
            return distrust([] {});
    }
}

}  // namespace yizhan::simulator
