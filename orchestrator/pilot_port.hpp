// The port to which pilots come, and strangers too. Private to the room.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "worker/pilot/wire/channel.hpp"

namespace o2v::orchestrator {

// What a study's pilots must know, kept in its folder for an o2v-tune that goes on with it, and for nobody
// else to read.
struct PilotKeys {
    std::string token;       // the name of its jobs: "o2v-wordnet-3f9a..."
    std::string secret;      // 64 hexadecimal digits
    std::string beacon;      // by which a pilot sees that it sees the folder
    std::uint16_t port = 0;  // 0 = none yet
    std::string tls_key, tls_certificate, fingerprint;
};
// Those of <folder>/pilots/, made anew where there are none. Throws StorageError.
PilotKeys load_pilot_keys(const std::string& folder, const std::string& study);
void save_pilot_keys(const std::string& folder, const PilotKeys& keys);

// "host:port" of every address under which this machine may be reached, or of `configured` alone: "host" or
// "host:port".
std::vector<std::string> own_addresses(std::uint16_t port, const std::string& configured);

class PilotPort {
  public:
    using Proved = std::function<void(std::shared_ptr<pilot::Channel>)>;
    // Listens on `port`, or on another one where it is taken or 0. `proved` is called from io.run() with each
    // connection whose other end knows the secret; its channel has not been started. Throws
    // boost::system::system_error when there is no port to be had.
    PilotPort(boost::asio::io_context& io, const PilotKeys& keys, bool tls, Proved proved);
    ~PilotPort();
    PilotPort(const PilotPort&) = delete;
    PilotPort& operator=(const PilotPort&) = delete;

    std::uint16_t port() const { return port_; }
    // Connections that proved nothing: in time, with an answer of the right kind, or before too many others
    // came after them.
    std::uint64_t strangers() const { return strangers_; }
    // The last of them: "192.0.2.7:51234".
    const std::string& last_stranger() const { return last_stranger_; }

  private:
    struct Visitor;

    void accept();
    void receive(boost::asio::ip::tcp::socket socket);
    void turn_out(const std::shared_ptr<Visitor>& visitor);
    void leave(const std::shared_ptr<Visitor>& visitor);

    boost::asio::io_context& io_;
    pilot::Bytes32 secret_;
    std::optional<boost::asio::ssl::context> tls_;
    Proved proved_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    std::uint16_t port_ = 0;
    std::deque<std::shared_ptr<Visitor>> visitors_;  // that have proved nothing yet, oldest first
    std::uint64_t strangers_ = 0;
    std::string last_stranger_;
};

}  // namespace o2v::orchestrator
