#include "orchestrator/pilot_port.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace o2v::orchestrator {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t kMostVisitors = 64;
constexpr std::chrono::seconds kTimeToProve{5};
constexpr std::chrono::milliseconds kPause{100};  // when the system has no more handles

void listen(tcp::acceptor& acceptor, std::uint16_t port) {
    acceptor.open(tcp::v4());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind({tcp::v4(), port});
    acceptor.listen(asio::socket_base::max_listen_connections);
}

}  // namespace

struct PilotPort::Visitor {
    Visitor(asio::io_context& io, std::shared_ptr<pilot::Stream> s, const pilot::Bytes32& secret)
        : stream(std::move(s)), challenger(secret), timer(io) {}

    std::shared_ptr<pilot::Stream> stream;
    pilot::Challenger challenger;
    asio::steady_timer timer;
    std::array<char, pilot::kAnswerSize> answer;
    std::string sending;
    bool gone = false;
};

PilotPort::PilotPort(asio::io_context& io, const PilotKeys& keys, bool tls, Proved proved)
    : io_(io), proved_(std::move(proved)), acceptor_(io), pause_(io) {
    const auto secret = pilot::from_hex(keys.secret);
    if (!secret) throw std::invalid_argument("no secret of 64 hexadecimal digits");
    secret_ = *secret;
    if (tls) tls_.emplace(pilot::serving_context(keys.tls_key, keys.tls_certificate));
    try {
        listen(acceptor_, keys.port);
    } catch (const boost::system::system_error&) {
        if (keys.port == 0) throw;
        acceptor_.close();
        listen(acceptor_, 0);
    }
    port_ = acceptor_.local_endpoint().port();
    accept();
}

PilotPort::~PilotPort() {
    for (const auto& visitor : visitors_) {
        visitor->gone = true;
        visitor->stream->close();
    }
}

void PilotPort::accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (!error) {
            receive(std::move(socket));
            return accept();
        }
        pause_.expires_after(kPause);
        pause_.async_wait([this](boost::system::error_code aborted) {
            if (!aborted) accept();
        });
    });
}

void PilotPort::receive(tcp::socket socket) {
    if (visitors_.size() >= kMostVisitors) turn_out(visitors_.front());
    auto stream =
        tls_ ? pilot::serving_tls(std::move(socket), *tls_) : pilot::plain_stream(std::move(socket));
    const auto visitor = std::make_shared<Visitor>(io_, std::move(stream), secret_);
    visitors_.push_back(visitor);
    visitor->timer.expires_after(kTimeToProve);
    visitor->timer.async_wait([this, visitor](boost::system::error_code error) {
        if (!error && !visitor->gone) turn_out(visitor);
    });
    // Once it is gone, this object may be too.
    const auto guarded = [this, visitor](auto handle) {
        return [this, visitor, handle](boost::system::error_code error, std::size_t) {
            if (visitor->gone) return;
            if (error)
                turn_out(visitor);
            else
                handle();
        };
    };
    const auto confirmed = [this, visitor] {
        auto channel =
            std::make_shared<pilot::Channel>(visitor->stream, visitor->challenger.keys(), pilot::Side::tune);
        leave(visitor);
        proved_(std::move(channel));
    };
    const auto answered = [this, visitor, guarded, confirmed] {
        const auto confirmation =
            visitor->challenger.confirm({visitor->answer.data(), visitor->answer.size()});
        if (!confirmation) return turn_out(visitor);
        visitor->sending = *confirmation;
        visitor->stream->write(asio::buffer(visitor->sending), guarded(confirmed));
    };
    const auto challenged = [visitor, guarded, answered] {
        visitor->stream->read_exactly(asio::buffer(visitor->answer), guarded(answered));
    };
    visitor->stream->open(guarded([visitor, guarded, challenged] {
        visitor->sending = visitor->challenger.challenge();
        visitor->stream->write(asio::buffer(visitor->sending), guarded(challenged));
    }));
}

void PilotPort::turn_out(const std::shared_ptr<Visitor>& visitor) {
    ++strangers_;
    last_stranger_ = visitor->stream->peer();
    visitor->stream->close();
    leave(visitor);
}

void PilotPort::leave(const std::shared_ptr<Visitor>& visitor) {
    visitor->gone = true;
    visitor->timer.cancel();
    visitors_.erase(std::find(visitors_.begin(), visitors_.end(), visitor));
}

}  // namespace o2v::orchestrator
