// The way from a pilot to o2v-tune: its addresses in turn, until one of them proves that it knows the secret.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "worker/pilot/wire/channel.hpp"
#include "worker/protocol/pilot_messages.hpp"

namespace o2v::pilot {

class Dialer : public std::enable_shared_from_this<Dialer> {
  public:
    // `channel` is null when no address has led to o2v-tune; `why` says of each why.
    using Done = std::function<void(std::shared_ptr<Channel> channel, const std::string& why)>;
    // Throws std::runtime_error when the orders' secret is none.
    Dialer(boost::asio::io_context& io, const protocol::PilotOrders& orders);

    void dial(Done done);  // once

  private:
    void next();
    void connect(const boost::asio::ip::tcp::resolver::results_type& found);
    void prove();
    void failed(const std::string& why);
    // A handler for this address alone: without effect once the next one is tried.
    template <class Handle>
    auto guarded(Handle handle);

    const protocol::PilotOrders& orders_;
    Bytes32 secret_;
    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
    boost::asio::ssl::context tls_;
    std::shared_ptr<Stream> stream_;
    Answerer answerer_;
    std::array<char, kChallengeSize> challenge_;
    std::array<char, kConfirmationSize> confirmation_;
    std::string answer_;
    std::size_t place_ = 0, tried_ = 0;
    std::string why_;
    Done done_;
};

}  // namespace o2v::pilot
