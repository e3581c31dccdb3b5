#include "worker/pilot/dialer.hpp"

#include <boost/asio/connect.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace o2v::pilot {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kPatience{5};  // with one address

Bytes32 secret_of(const protocol::PilotOrders& orders) {
    const auto secret = from_hex(orders.secret);
    if (!secret) throw std::runtime_error("the orders hold no secret of 64 hexadecimal digits");
    return *secret;
}

}  // namespace

Dialer::Dialer(asio::io_context& io, const protocol::PilotOrders& orders)
    : orders_(orders),
      secret_(secret_of(orders)),
      resolver_(io),
      socket_(io),
      timer_(io),
      tls_(pinned_context()),
      answerer_(secret_) {}

template <class Handle>
auto Dialer::guarded(Handle handle) {
    // The stream lives until its callback.
    return [self = shared_from_this(), stream = stream_, tried = tried_, handle](
               boost::system::error_code error, auto result) {
        if (self->tried_ != tried) return;
        if (error)
            self->failed(error.message());
        else
            handle(result);
    };
}

void Dialer::dial(Done done) {
    done_ = std::move(done);
    next();
}

void Dialer::next() {
    ++tried_;
    if (place_ == orders_.addresses.size()) {
        timer_.cancel();
        return std::exchange(done_, nullptr)(nullptr, why_);
    }
    const std::string& address = orders_.addresses[place_];
    const std::size_t colon = address.rfind(':');
    const std::string host = address.substr(0, colon);
    const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
    timer_.expires_after(kPatience);
    timer_.async_wait([self = shared_from_this(), tried = tried_](boost::system::error_code error) {
        if (!error && self->tried_ == tried) self->failed("no answer");
    });
    resolver_.async_resolve(host, port, guarded([this](const auto& found) { connect(found); }));
}

void Dialer::connect(const asio::ip::tcp::resolver::results_type& found) {
    asio::async_connect(socket_, found, guarded([this](const auto&) {
                            stream_ = orders_.certificate.empty()
                                          ? plain_stream(std::move(socket_))
                                          : pinned_tls(std::move(socket_), tls_, orders_.certificate);
                            stream_->open(guarded([this](std::size_t) { prove(); }));
                        }));
}

void Dialer::prove() {
    stream_->read_exactly(
        asio::buffer(challenge_), guarded([this](std::size_t) {
            const auto answer = answerer_.answer({challenge_.data(), challenge_.size()});
            if (!answer) return failed("no o2v-tune of this version is there");
            answer_ = *answer;
            stream_->write(asio::buffer(answer_), guarded([](std::size_t) {}));
            stream_->read_exactly(
                asio::buffer(confirmation_), guarded([this](std::size_t) {
                    if (!answerer_.is_confirmed({confirmation_.data(), confirmation_.size()}))
                        return failed("it does not know the secret");
                    ++tried_;
                    timer_.cancel();
                    auto channel =
                        std::make_shared<Channel>(std::move(stream_), answerer_.keys(), Side::pilot);
                    std::exchange(done_, nullptr)(std::move(channel), "");
                }));
        }));
}

void Dialer::failed(const std::string& why) {
    why_ += (why_.empty() ? "" : "; ") + orders_.addresses[place_] + ": " + why;
    resolver_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (stream_) stream_->close();
    stream_.reset();
    answerer_ = Answerer(secret_);
    ++place_;
    next();
}

}  // namespace o2v::pilot
