// One connection to the dashboard: requests one after the other, or a stream of events. All of it runs on the
// server's one thread. Private to the dashboard.
#pragma once

#include <array>
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/dashboard.hpp"
#include "orchestrator/dashboard_reader.hpp"
#include "orchestrator/dashboard_request.hpp"

namespace o2v::orchestrator {

class DashboardSession;

// What a connection needs of the server.
class DashboardHost {
  public:
    virtual ~DashboardHost() = default;
    virtual const DashboardOptions& options() const = 0;
    virtual bool full() const = 0;  // are there more connections than may be?
    // Answers through DashboardSession::answer(), now or later.
    virtual void ask(const Route& route, const std::shared_ptr<DashboardSession>& session, bool gzip,
                     const std::optional<std::string>& last_event) = 0;
    virtual void opened(DashboardSession& session) = 0;
    virtual void closed(DashboardSession& session) = 0;
};

class DashboardSession : public std::enable_shared_from_this<DashboardSession> {
  public:
    // The host outlives every session.
    DashboardSession(boost::asio::ip::tcp::socket socket, DashboardHost& host);
    ~DashboardSession();
    DashboardSession(const DashboardSession&) = delete;
    DashboardSession& operator=(const DashboardSession&) = delete;

    void start();
    // What has been asked is answered. An answer of the type text/event-stream begins a stream.
    void answer(Answer answer);
    // Of a stream: one more message. One that comes too fast for the viewer ends the connection.
    void send(const Bytes& message);
    void close();

  private:
    void read();
    void on_request(boost::beast::error_code error);
    void drain();
    void begin_stream(const Bytes& first);
    void watch_for_the_end();
    void write_next();

    boost::beast::tcp_stream stream_;
    DashboardHost& host_;
    boost::beast::flat_buffer buffer_;
    std::optional<boost::beast::http::request_parser<boost::beast::http::empty_body>> parser_;
    bool head_only_ = false, keep_alive_ = false, streaming_ = false, closed_ = false;
    unsigned version_ = 11;
    std::string if_none_match_;
    std::deque<Bytes> queue_;           // of a stream; the first is being written
    std::size_t queued_ = 0;            // bytes of it
    std::array<char, 4096> drained_{};  // what is read to be forgotten
};

}  // namespace o2v::orchestrator
