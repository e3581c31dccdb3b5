#include "orchestrator/benchmark_http.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <stdexcept>

namespace o2v::orchestrator {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

struct HttpClient::Connection {
    asio::io_context io;
    Tcp::socket socket{io};
    boost::beast::flat_buffer buffer;
};

HttpClient::HttpClient(int port) : connection_(std::make_unique<Connection>()) {
    connection_->socket.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
    connection_->socket.set_option(Tcp::no_delay(true));
}

HttpClient::~HttpClient() = default;

std::string HttpClient::ask(const std::string& body) {
    http::request<http::string_body> request(http::verb::post, "/invocations", 11, body);
    request.set(http::field::host, "127.0.0.1");
    request.set(http::field::content_type, "application/json");
    request.prepare_payload();
    http::write(connection_->socket, request);
    http::response<http::string_body> response;
    http::read(connection_->socket, connection_->buffer, response);
    if (response.result() != http::status::ok)
        throw std::runtime_error("answer " + std::to_string(response.result_int()) + ": " + response.body());
    return std::move(response.body());
}

}  // namespace o2v::orchestrator
