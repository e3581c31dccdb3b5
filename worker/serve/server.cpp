#include "worker/serve/server.hpp"

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <csignal>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "search/study/errors.hpp"

namespace o2v::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr std::uint32_t kMostHeaderBytes = 16 << 10;
constexpr std::size_t kReadAtOnce = 64 << 10;

}  // namespace

class Session;

struct Server::State : std::enable_shared_from_this<Server::State> {
    State(const ServerOptions& given, Service& s, ServiceMetrics& m)
        : options(given),
          service(s),
          metrics(m),
          context(given.threads),
          work(context.get_executor()),
          acceptor(context),
          signals(context) {}

    void listen();
    void accept();
    void stop();
    void await_signal(bool first);
    void finish_when_idle();
    bool is_stopping() {
        const std::lock_guard lock(mutex);
        return stopping;
    }

    const ServerOptions options;
    Service& service;
    ServiceMetrics& metrics;
    asio::io_context context;
    // An answer that is being computed is no work of the context's: only stop() ends it.
    asio::executor_work_guard<asio::io_context::executor_type> work;
    tcp::acceptor acceptor;
    asio::signal_set signals;
    std::mutex mutex;
    std::set<Session*> sessions;
    bool stopping = false;
};

// One connection. All of its handlers run on its stream's strand.
class Session : public std::enable_shared_from_this<Session> {
  public:
    Session(tcp::socket socket, std::shared_ptr<Server::State> server)
        : stream_(std::move(socket)), server_(std::move(server)) {
        ++server_->metrics.connections;
    }
    ~Session() {
        --server_->metrics.connections;
        const std::lock_guard lock(server_->mutex);
        server_->sessions.erase(this);
        server_->finish_when_idle();
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void start() {
        asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read_head(); });
    }
    // Closes a connection on which nothing is owed.
    void leave() {
        asio::post(stream_.get_executor(), [self = shared_from_this()] {
            if (self->idle_) self->close();
        });
    }

  private:
    void read_head() {
        parser_.emplace();
        parser_->header_limit(kMostHeaderBytes);
        parser_->body_limit(boost::none);  // looked at below, where it can be answered
        idle_ = buffer_.size() == 0;
        stream_.expires_after(server_->options.timeout);
        http::async_read_header(
            stream_, buffer_, *parser_,
            [self = shared_from_this()](beast::error_code error, std::size_t) { self->on_head(error); });
    }

    void on_head(beast::error_code error) {
        idle_ = false;
        if (error) return on_read_error(error);
        const auto& message = parser_->get();
        request_ = {};
        request_.method = std::string(message.method_string());
        request_.target = std::string(message.target());
        request_.content_type = std::string(message[http::field::content_type]);
        request_.accept = std::string(message[http::field::accept]);
        request_.authorization = std::string(message[http::field::authorization]);
        const auto length = parser_->content_length();
        auto refusal =
            server_->service.refuse(request_, length ? std::optional<std::uint64_t>(*length) : std::nullopt);
        if (refusal) {
            // What of the body has not come is not waited for, so nothing can follow on this connection.
            const bool whole = parser_->is_done() || length.value_or(1) == 0;
            return write(std::move(*refusal), whole && message.keep_alive());
        }
        parser_->body_limit(static_cast<std::uint64_t>(server_->options.max_body));
        if (length)  // with the padding that the parser of queries needs, so that on_body() moves nothing
            parser_->get().body().reserve(static_cast<std::size_t>(*length) + answers::QueryParser::kPadding);
        if (beast::iequals(message[http::field::expect], "100-continue")) return send_continue();
        read_body();
    }

    void send_continue() {
        static const std::string text = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(stream_, asio::buffer(text),
                          [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (error) return self->on_read_error(error);
                              self->read_body();
                          });
    }

    void read_body() {
        stream_.expires_after(server_->options.timeout);
        http::async_read(
            stream_, buffer_, *parser_,
            [self = shared_from_this()](beast::error_code error, std::size_t) { self->on_body(error); });
    }

    void on_body(beast::error_code error) {
        if (error) return on_read_error(error);
        stream_.expires_never();
        const bool keep_alive = parser_->get().keep_alive();
        request_.body = std::move(parser_->get().body());
        request_.body.reserve(request_.body.size() + answers::QueryParser::kPadding);
        server_->service.handle(request_, [self = shared_from_this(), keep_alive](auto make) {
            asio::dispatch(self->stream_.get_executor(),
                           [self, keep_alive, make = std::move(make)] { self->write(make(), keep_alive); });
        });
    }

    void on_read_error(beast::error_code error) {
        if (error == http::error::end_of_stream) return close();
        if (error == http::error::body_limit)
            return write(error_response(413, "the body is larger than " +
                                                 std::to_string(server_->options.max_body) + " bytes"),
                         false);
        if (error == http::error::header_limit || error == http::error::buffer_overflow)
            return write(error_response(431, "the header is too large"), false);
        if (error.category() == http::make_error_code(http::error::bad_method).category() &&
            error != http::error::partial_message)
            return write(error_response(400, "is no HTTP request: " + error.message()), false);
        // Broken off, reset, or too slow. A connection that was silent owes nothing.
        const bool asked = parser_ && parser_->got_some();
        if (asked) ++server_->metrics.dropped;
        close();
    }

    void write(Response response, bool keep_alive) {
        keep_alive = keep_alive && !server_->is_stopping();
        server_->service.answered(parser_->get().target(), response.status);
        response_.emplace(static_cast<http::status>(response.status), 11);
        response_->set(http::field::server, "o2v-serve");
        response_->set(http::field::content_type, response.content_type);
        for (const auto& [name, value] : response.headers) response_->set(name, value);
        response_->keep_alive(keep_alive);
        response_->body() = std::move(response.body);
        response_->prepare_payload();
        if (parser_->get().method() == http::verb::head) response_->body().clear();
        stream_.expires_after(server_->options.timeout);
        http::async_write(stream_, *response_,
                          [self = shared_from_this(), keep_alive](beast::error_code error, std::size_t) {
                              if (error) {
                                  ++self->server_->metrics.dropped;
                                  return self->close();
                              }
                              const bool more = self->buffer_.size() > 0;  // has arrived, and is answered
                              if (keep_alive && (more || !self->server_->is_stopping()))
                                  return self->read_head();
                              self->close_after_answer();
                          });
    }

    // Reads for a moment what the client still sends: closed at once, it might never see the answer.
    void close_after_answer() {
        beast::error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        stream_.expires_after(std::chrono::seconds(2));
        drain();
    }
    void drain() {
        rest_.resize(kReadAtOnce);
        stream_.async_read_some(asio::buffer(rest_),
                                [self = shared_from_this()](beast::error_code error, std::size_t) {
                                    if (error) return self->close();
                                    self->drain();
                                });
    }

    void close() {
        beast::error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
        stream_.close();
    }

    beast::tcp_stream stream_;
    std::shared_ptr<Server::State> server_;
    beast::flat_buffer buffer_{kMostHeaderBytes + kReadAtOnce};
    std::optional<http::request_parser<http::string_body>> parser_;
    std::optional<http::response<http::string_body>> response_;
    Request request_;
    std::vector<char> rest_;
    bool idle_ = true;
};

void Server::State::listen() {
    beast::error_code error;
    const auto address = asio::ip::make_address(options.host, error);
    if (error)
        throw InputError("--host", options.host, "must be an IP address, such as 127.0.0.1, 0.0.0.0 or ::1");
    const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(options.port));
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        throw StorageError("cannot listen on " + options.host + ':' + std::to_string(options.port) + ": " +
                           error.message());
}

void Server::State::accept() {
    acceptor.async_accept(
        asio::make_strand(context), [self = shared_from_this()](beast::error_code error, tcp::socket socket) {
            if (error == asio::error::operation_aborted) return;
            if (!error) {
                beast::error_code ignored;
                socket.set_option(tcp::no_delay(true), ignored);
                std::unique_lock lock(self->mutex);
                if (self->stopping) return;
                if (self->sessions.size() >= static_cast<std::size_t>(self->options.max_connections)) {
                    lock.unlock();
                    static const std::string text =
                        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
                    socket.non_blocking(true, ignored);
                    socket.write_some(asio::buffer(text), ignored);
                    ++self->metrics.dropped;
                } else {
                    const auto session = std::make_shared<Session>(std::move(socket), self);
                    self->sessions.insert(session.get());
                    lock.unlock();
                    session->start();
                }
            } else {
                // Out of descriptors, say: not the end of serving, but not to be tried in a loop either.
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
            self->accept();
        });
}

void Server::State::stop() {
    std::vector<std::shared_ptr<Session>> open;
    {
        const std::lock_guard lock(mutex);
        if (std::exchange(stopping, true)) return;
        for (Session* session : sessions)
            if (auto alive = session->weak_from_this().lock()) open.push_back(std::move(alive));
        finish_when_idle();
    }
    service.stop();
    asio::post(context, [self = shared_from_this()] {
        beast::error_code ignored;
        self->acceptor.close(ignored);
    });
    for (const auto& session : open) session->leave();
    const auto timer = std::make_shared<asio::steady_timer>(context, options.farewell);
    timer->async_wait([self = shared_from_this(), timer](beast::error_code error) {
        if (!error) self->context.stop();
    });
}

// REQUIRES: the mutex is held.
void Server::State::finish_when_idle() {
    if (stopping && sessions.empty()) context.stop();
}

void Server::State::await_signal(bool first) {
    signals.async_wait([self = shared_from_this(), first](beast::error_code error, int) {
        if (error) return;
        if (!first) return self->context.stop();
        self->stop();
        self->await_signal(false);
    });
}

Server::Server(const ServerOptions& options, Service& service, ServiceMetrics& metrics)
    : state_(std::make_shared<State>(options, service, metrics)) {
    state_->listen();
}

Server::~Server() = default;

int Server::port() const {
    return state_->acceptor.local_endpoint().port();
}

void Server::run() {
    state_->accept();
    std::vector<std::thread> threads;
    for (int i = 1; i < state_->options.threads; ++i) threads.emplace_back([this] { state_->context.run(); });
    state_->context.run();
    for (std::thread& thread : threads) thread.join();
}

void Server::stop() {
    state_->stop();
}

void Server::stop_at_signals() {
    state_->signals.add(SIGINT);
    state_->signals.add(SIGTERM);
    state_->await_signal(true);
}

}  // namespace o2v::serve
