#include "worker/pilot/wire/stream.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <utility>

#include "worker/pilot/wire/proof.hpp"

namespace o2v::pilot {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;

std::string name_of(const tcp::socket& socket) {
    boost::system::error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    return error ? "?" : peer.address().to_string() + ':' + std::to_string(peer.port());
}

template <class Layer>
class StreamOver final : public Stream {
  public:
    template <class... Arguments>
    explicit StreamOver(ssl::stream_base::handshake_type side, Arguments&&... arguments)
        : layer_(std::forward<Arguments>(arguments)...), side_(side), peer_(name_of(lowest())) {
        boost::system::error_code ignored;
        lowest().set_option(tcp::no_delay(true), ignored);
        lowest().set_option(asio::socket_base::keep_alive(true), ignored);
    }
    void open(Done done) override {
        if constexpr (requires { layer_.async_handshake(side_, [](boost::system::error_code) {}); })
            layer_.async_handshake(side_, [done](boost::system::error_code error) { done(error, 0); });
        else
            asio::post(layer_.get_executor(), [done] { done({}, 0); });
    }
    void read_some(asio::mutable_buffer into, Done done) override {
        layer_.async_read_some(into, std::move(done));
    }
    void read_exactly(asio::mutable_buffer into, Done done) override {
        asio::async_read(layer_, into, std::move(done));
    }
    void write(asio::const_buffer from, Done done) override {
        asio::async_write(layer_, from, std::move(done));
    }
    void close() override {
        boost::system::error_code ignored;
        lowest().shutdown(tcp::socket::shutdown_both, ignored);
        lowest().close(ignored);
    }
    std::string peer() const override { return peer_; }
    Layer& layer() { return layer_; }

  private:
    tcp::socket& lowest() {
        if constexpr (std::is_same_v<Layer, tcp::socket>)
            return layer_;
        else
            return layer_.next_layer();
    }

    Layer layer_;
    ssl::stream_base::handshake_type side_;
    std::string peer_;
};

template <class T, void (*Free)(T*)>
struct Freeing {
    void operator()(T* held) const { Free(held); }
};
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY, EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Freeing<X509, X509_free>>;
struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Memory = std::unique_ptr<BIO, FreeBio>;

std::string text_of(BIO* memory) {
    char* begin = nullptr;
    const long size = BIO_get_mem_data(memory, &begin);
    return {begin, static_cast<std::size_t>(size)};
}

std::string fingerprint_of(const X509* certificate) {
    Bytes32 digest{};
    unsigned int size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return "";
    return to_hex(digest);
}

constexpr long kValidSeconds = 10L * 365 * 24 * 3600;  // nobody looks: what counts is which it is

}  // namespace

std::shared_ptr<Stream> plain_stream(tcp::socket socket) {
    return std::make_shared<StreamOver<tcp::socket>>(ssl::stream_base::client, std::move(socket));
}

Certificate make_certificate() {
    const Key key(EVP_EC_gen("P-256"));
    const X509Certificate certificate(X509_new());
    if (!key || !certificate) throw std::runtime_error("OpenSSL makes no key");
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -24L * 3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kValidSeconds);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("o2v-tune"),
                               -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0)
        throw std::runtime_error("OpenSSL signs no certificate");
    const Memory of_key(BIO_new(BIO_s_mem())), of_certificate(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PrivateKey(of_key.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
        PEM_write_bio_X509(of_certificate.get(), certificate.get()) != 1)
        throw std::runtime_error("OpenSSL writes no certificate");
    return {text_of(of_key.get()), text_of(of_certificate.get()), fingerprint_of(certificate.get())};
}

ssl::context serving_context(const std::string& key, const std::string& certificate) {
    ssl::context context(ssl::context::tls_server);
    context.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                        ssl::context::no_tlsv1_1);
    context.use_certificate_chain(asio::buffer(certificate));
    context.use_private_key(asio::buffer(key), ssl::context::pem);
    return context;
}

std::shared_ptr<Stream> serving_tls(tcp::socket socket, ssl::context& context) {
    return std::make_shared<StreamOver<ssl::stream<tcp::socket>>>(ssl::stream_base::server, std::move(socket),
                                                                  context);
}

ssl::context pinned_context() {
    ssl::context context(ssl::context::tls_client);
    context.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                        ssl::context::no_tlsv1_1);
    return context;
}

std::shared_ptr<Stream> pinned_tls(tcp::socket socket, ssl::context& context,
                                   const std::string& fingerprint) {
    auto stream = std::make_shared<StreamOver<ssl::stream<tcp::socket>>>(ssl::stream_base::client,
                                                                         std::move(socket), context);
    stream->layer().set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    stream->layer().set_verify_callback([fingerprint](bool, ssl::verify_context& verified) {
        const X509* certificate = X509_STORE_CTX_get_current_cert(verified.native_handle());
        return certificate && fingerprint_of(certificate) == fingerprint;
    });
    return stream;
}

}  // namespace o2v::pilot
