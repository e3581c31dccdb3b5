#include "orchestrator/dashboard_session.hpp"

#include <boost/beast/core/span.hpp>
#include <sstream>
#include <utility>

namespace o2v::orchestrator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::uint32_t kMostHeadBytes = 16 << 10;
constexpr std::chrono::seconds kParting{1};

// The page is one file with its script and style in it; nothing else may be loaded or sent anywhere.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

template <class Message>
void put_heads(Message& message, const std::string& type) {
    message.set(http::field::server, "o2v-tune");
    message.set(http::field::content_type, type);
    message.set(http::field::cache_control, "no-store");
    message.set("X-Content-Type-Options", "nosniff");
    message.set("Referrer-Policy", "no-referrer");
    message.set("Cross-Origin-Resource-Policy", "same-origin");
    if (type.starts_with("text/html")) message.set("Content-Security-Policy", kPolicy);
}

}  // namespace

DashboardSession::DashboardSession(asio::ip::tcp::socket socket, DashboardHost& host)
    : stream_(std::move(socket)), host_(host) {
    host_.opened(*this);
}

DashboardSession::~DashboardSession() {
    host_.closed(*this);
}

void DashboardSession::start() {
    if (host_.full()) return answer(error_answer(503, "there are too many connections"));
    read();
}

void DashboardSession::read() {
    parser_.emplace();
    parser_->header_limit(kMostHeadBytes);
    stream_.expires_after(host_.options().request_time);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](beast::error_code error, std::size_t) { self->on_request(error); });
}

void DashboardSession::on_request(beast::error_code error) {
    if (closed_) return;
    keep_alive_ = false;
    head_only_ = false;
    if_none_match_.clear();
    if (error == http::error::header_limit)
        return answer(error_answer(431, "the request's head is too large"));
    if (error == http::error::unexpected_body || error == http::error::body_limit)
        return answer(error_answer(413, "a request has no body here"));
    const bool is_of_http = error.category() == beast::error_code(http::error::bad_method).category();
    if (error && is_of_http && error != http::error::end_of_stream && error != http::error::partial_message)
        return answer(error_answer(400, "this is no HTTP request: " + error.message()));
    if (error) return close();
    const auto& request = parser_->get();
    keep_alive_ = request.keep_alive();
    version_ = request.version();
    head_only_ = request.method() == http::verb::head;
    const auto field = [&](http::field name) { return std::string(request[name]); };
    if (host_.options().loopback_names_only && !names_loopback(field(http::field::host)))
        return answer(
            error_answer(403,
                         "the dashboard is asked for as localhost or 127.0.0.1; start it with --host to "
                         "be asked by other names"));
    if_none_match_ = field(http::field::if_none_match);
    const auto last = request.find("Last-Event-ID");
    host_.ask(route_of(std::string(request.method_string()), std::string(request.target())),
              shared_from_this(), takes_gzip(field(http::field::accept_encoding)),
              last == request.end() ? std::nullopt : std::optional(std::string(last->value())));
}

void DashboardSession::answer(Answer answer) {
    if (closed_) return;
    if (answer.type == "text/event-stream" && !head_only_) return begin_stream(answer.body);
    // The body is shared by all that are sent it, so that it is written from where it lies.
    using Response = http::response<http::span_body<const char>>;
    auto response = std::make_shared<Response>(static_cast<http::status>(answer.status), version_);
    put_heads(*response, answer.type);
    if (answer.may_be_kept) {
        const std::string tag = entity_tag(*answer.body);
        response->set(http::field::etag, tag);
        response->set(http::field::cache_control, "no-cache");  // kept, and asked for before each use
        if (names_tag(if_none_match_, tag)) response->result(http::status::not_modified);
    }
    const bool has_body = !head_only_ && response->result() != http::status::not_modified;
    if (answer.gzip && response->result() == http::status::ok)
        response->set(http::field::content_encoding, "gzip");
    response->set(http::field::vary, "Accept-Encoding");
    if (answer.status == 405) response->set(http::field::allow, "GET, HEAD");
    if (answer.status == 503) response->set(http::field::retry_after, "1");
    response->keep_alive(keep_alive_);
    if (response->result() != http::status::not_modified) response->content_length(answer.body->size());
    if (has_body) response->body() = {answer.body->data(), answer.body->size()};
    stream_.expires_after(host_.options().write_time);
    auto serializer = std::make_shared<http::response_serializer<http::span_body<const char>>>(*response);
    const auto written = [self = shared_from_this(), response, serializer, body = answer.body](
                             beast::error_code error, std::size_t) {
        if (error) return self->close();
        if (self->keep_alive_) return self->read();
        beast::error_code ignored;
        self->stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        self->stream_.expires_after(kParting);
        self->drain();
    };
    if (!has_body)
        http::async_write_header(stream_, *serializer, written);
    else
        http::async_write(stream_, *serializer, written);
}

// Closing while something is unread resets the connection, and the other side may never see its answer.
void DashboardSession::drain() {
    stream_.async_read_some(asio::buffer(drained_),
                            [self = shared_from_this()](beast::error_code error, std::size_t bytes) {
                                if (error || bytes == 0) return self->close();
                                self->drain();
                            });
}

void DashboardSession::begin_stream(const Bytes& first) {
    streaming_ = true;
    http::response_header<> head;
    head.version(version_);
    head.result(http::status::ok);
    put_heads(head, "text/event-stream");
    head.set(http::field::connection, "close");
    std::ostringstream text;
    text << head;
    // Whoever is cut off comes back after this long. One message, so that a first one of any length is sent.
    send(std::make_shared<const std::string>(text.str() + "retry: 1000\n\n" + *first));
    watch_for_the_end();
}

// A viewer says nothing more: when reading ends, it has left.
void DashboardSession::watch_for_the_end() {
    stream_.expires_never();
    stream_.async_read_some(asio::buffer(drained_),
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                                if (error) return self->close();
                                self->watch_for_the_end();
                            });
}

void DashboardSession::send(const Bytes& message) {
    if (closed_ || !streaming_) return;
    if (!queue_.empty() && queued_ + message->size() > host_.options().queue_bytes) return close();
    queue_.push_back(message);
    queued_ += message->size();
    if (queue_.size() == 1) write_next();
}

void DashboardSession::write_next() {
    stream_.expires_after(host_.options().write_time);
    asio::async_write(stream_, asio::buffer(*queue_.front()),
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                          if (error) return self->close();
                          self->queued_ -= self->queue_.front()->size();
                          self->queue_.pop_front();
                          if (!self->queue_.empty()) self->write_next();
                      });
}

void DashboardSession::close() {
    if (std::exchange(closed_, true)) return;
    beast::error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.close();
}

}  // namespace o2v::orchestrator
