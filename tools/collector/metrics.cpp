#include "tools/collector/metrics.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/epoll.h>

#include <array>
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
constexpr unsigned longest_connection = 10;  // s

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
    add("acknowledgements_total", "counter", "Acknowledgements sent to stations.", counts.acknowledgements);
    add("resend_requests_total", "counter", "Requests for records that are missing.", counts.asked_again);
    add("checkpoints_total", "counter", "Signed checkpoints that were looked at.", counts.checkpoints);
    add("flaws_total", "counter", "Signs of tampering; see station-collector flaws.", counts.flaws);
    add("bad_messages_total", "counter", "Messages that could not be understood.", counts.bad_messages);
    add("dropped_messages_total", "counter", "Messages there was no room or database for; they come again.",
        counts.dropped_messages);
    add("database_failures_total", "counter", "Times the database failed.", counts.database_failures);
    add("gaps", "gauge", "Feeds that lack records.", collector.gaps());
    add("connected", "gauge", "1 while there is a connection to the broker.", collector.connected() ? 1 : 0);
    add("database_open", "gauge", "1 while the database is open.", collector.has_database() ? 1 : 0);
    return text;
}

MetricsServer::MetricsServer(std::unique_ptr<Daemon> daemon) : daemon_(std::move(daemon)) {}

MetricsServer::~MetricsServer() {
    daemon_->watch.reset();
    MHD_stop_daemon(daemon_->daemon);
}

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(SdEventLoop& loop, const std::string& address,
                                                            std::uint16_t port, std::function<std::string()> text) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    if (inet_pton(AF_INET, address.c_str(), &where.sin_addr) != 1) {
        return failure("metrics_address " + address + ": no IPv4 address",
                       "say 127.0.0.1, or an address of this machine");
    }
    auto server = std::make_unique<Daemon>();
    server->text = std::move(text);
    server->daemon = MHD_start_daemon(MHD_USE_EPOLL, port, nullptr, nullptr, &answer, server.get(),
                                      MHD_OPTION_SOCK_ADDR, &where, MHD_OPTION_CONNECTION_LIMIT, most_connections,
                                      MHD_OPTION_CONNECTION_TIMEOUT, longest_connection, MHD_OPTION_END);
    if (server->daemon == nullptr) {
        return failure(fmt::format("nothing can listen at {}:{}", address, port),
                       "another program may: say another metrics_port, or 0 for none");
    }
    const int fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    server->watch = loop.watch(fd, EPOLLIN, [daemon = server->daemon](std::uint32_t) { MHD_run(daemon); });
    return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(server)));
}

}  // namespace yizhan::collector
