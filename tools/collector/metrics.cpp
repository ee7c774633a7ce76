#include "tools/collector/metrics.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace yizhan::collector {

struct MetricsServer::Daemon {
    std::function<std::string()> text;
    MHD_Daemon* daemon = nullptr;
    std::unique_ptr<FdWatch> watch;
};

namespace {

constexpr unsigned most_connections = 16;

MHD_Result answer(void* closure, MHD_Connection* connection, const char* url, const char* method, const char*,
                  const char*, size_t*, void**) {
    const auto& server = *static_cast<MetricsServer::Daemon*>(closure);
    const bool known = std::strcmp(url, "/metrics") == 0;
    const bool get = std::strcmp(method, MHD_HTTP_METHOD_GET) == 0;
    const std::string body = known && get ? server.text() : std::string("only GET /metrics is here\n");
    MHD_Response* response = MHD_create_response_from_buffer(
        body.size(), const_cast<char*>(body.data()), MHD_RESPMEM_MUST_COPY);  // libmicrohttpd does not write to it
    if (response == nullptr) return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; version=0.0.4");
    const unsigned status = !known ? MHD_HTTP_NOT_FOUND : get ? MHD_HTTP_OK : MHD_HTTP_METHOD_NOT_ALLOWED;
    const MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

}  // namespace

std::string metrics_text(const Collector& collector) {
    const Counts& counts = collector.counts();
    std::string text;
    const auto add = [&](std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
        text +=
            fmt::format("# HELP yizhan_collector_{0} {2}\n# TYPE yizhan_collector_{0} {1}\nyizhan_collector_{0} {3}\n",
                        name, type, help, value);
    };
    add("batches_total", "counter", "Batches of records that are stored.", counts.batches);
    add("records_total", "counter", "Records that are stored, each once.", counts.records);
    add("repeated_records_total", "counter", "Records that came again.", counts.repeated);
    add("transactions_total", "counter", "Transactions that stored records.", counts.transactions);
    add("acknowledgements_total", "counter", "Acknowledgements the broker has taken.", counts.acknowledgements);
    add("refused_messages_total", "counter", "Messages the broker has refused; see the journal.",
        counts.refused_messages);
    add("resend_requests_total", "counter", "Requests for records that are missing.", counts.asked_again);
    add("checkpoints_total", "counter", "Signed checkpoints that were looked at.", counts.checkpoints);
    add("flaws_total", "counter", "Signs of tampering; see station-collector flaws.", counts.flaws);
    add("bad_messages_total", "counter", "Messages that could not be understood.", counts.bad_messages);
    add("dropped_messages_total", "counter", "Messages there was no room or database for; they come again.",
        counts.dropped_messages);
    add("database_failures_total", "counter", "Times the database failed.", counts.database_failures);
    add("gaps", "gauge", "Feeds that lack records.", collector.gaps());
    add("last_stored_timestamp_seconds", "gauge", "When a record was last stored; 0: not since the start.",
        static_cast<std::uint64_t>(
            std::chrono::duration_cast<seconds>(collector.last_stored().time_since_epoch()).count()));
    add("connected", "gauge", "1 while there is a connection to the broker.", collector.connected() ? 1 : 0);
    add("database_open", "gauge", "1 while the database is open.", collector.has_database() ? 1 : 0);
    return text;
}

MetricsServer::MetricsServer(SdEventLoop& loop, std::unique_ptr<Daemon> daemon)
    : loop_(loop), daemon_(std::move(daemon)) {
    const int fd = MHD_get_daemon_info(daemon_->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    daemon_->watch = loop_.watch(fd, EPOLLIN, [this](std::uint32_t) { serve(loop_.now()); });
    loop_.join(*this);
}

MetricsServer::~MetricsServer() {
    loop_.leave(*this);
    daemon_->watch.reset();
    MHD_stop_daemon(daemon_->daemon);
}

void MetricsServer::advance(Now now) {
    if (now.mono >= deadline_) serve(now);
}

void MetricsServer::serve(Now now) {
    // After it has closed the last of too many connections libmicrohttpd asks for no call, and listens again only in
    // the next one.
    constexpr milliseconds longest{1000};
    MHD_run(daemon_->daemon);
    MHD_UNSIGNED_LONG_LONG timeout = 0;  // ms
    const bool waits = MHD_get_timeout(daemon_->daemon, &timeout) == MHD_YES;
    const auto most = static_cast<MHD_UNSIGNED_LONG_LONG>(longest.count());
    deadline_ = now.mono + (waits ? milliseconds{std::clamp<MHD_UNSIGNED_LONG_LONG>(timeout, 1, most)} : longest);
}

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(SdEventLoop& loop, const std::string& address,
                                                            std::uint16_t port, std::function<std::string()> text,
                                                            seconds patience) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    if (inet_pton(AF_INET, address.c_str(), &where.sin_addr) != 1) {
        return failure("metrics_address " + address + ": no IPv4 address",
                       "say 127.0.0.1, or an address of this machine");
    }
    auto server = std::make_unique<Daemon>();
    server->text = std::move(text);
    server->daemon =
        MHD_start_daemon(MHD_USE_EPOLL, port, nullptr, nullptr, &answer, server.get(), MHD_OPTION_SOCK_ADDR, &where,
                         MHD_OPTION_CONNECTION_LIMIT, most_connections, MHD_OPTION_CONNECTION_TIMEOUT,
                         static_cast<unsigned>(patience.count()), MHD_OPTION_END);
    if (server->daemon == nullptr) {
        return failure(fmt::format("nothing can listen at {}:{}", address, port),
                       "another program may: say another metrics_port, or 0 for none");
    }
    return std::unique_ptr<MetricsServer>(new MetricsServer(loop, std::move(server)));
}

}  // namespace yizhan::collector
