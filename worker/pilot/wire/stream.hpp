// The bytes of a TCP connection, as they are or through TLS.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <string>

namespace o2v::pilot {

// Callbacks are called from io.run(), exactly once, also after close(). The caller keeps the stream and the
// buffers alive until then.
class Stream {
  public:
    using Done = std::function<void(boost::system::error_code, std::size_t)>;
    virtual ~Stream() = default;

    virtual void open(Done done) = 0;  // TLS's own handshake; first of all
    virtual void read_some(boost::asio::mutable_buffer into, Done done) = 0;
    virtual void read_exactly(boost::asio::mutable_buffer into, Done done) = 0;
    virtual void write(boost::asio::const_buffer from, Done done) = 0;  // all of it
    virtual void close() = 0;
    virtual std::string peer() const = 0;  // "192.0.2.1:4711"
};

std::shared_ptr<Stream> plain_stream(boost::asio::ip::tcp::socket socket);

// A key pair and a certificate that it signs itself, made anew, as PEM. Throws std::runtime_error.
struct Certificate {
    std::string key, certificate;
    std::string fingerprint;  // SHA-256 of the certificate in DER, 64 hexadecimal digits
};
Certificate make_certificate();

boost::asio::ssl::context serving_context(const std::string& key, const std::string& certificate);
std::shared_ptr<Stream> serving_tls(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context);
// Takes the one certificate of that fingerprint and no other; whose name it is and who signed it do not
// matter.
boost::asio::ssl::context pinned_context();
std::shared_ptr<Stream> pinned_tls(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context,
                                   const std::string& fingerprint);

}  // namespace o2v::pilot
