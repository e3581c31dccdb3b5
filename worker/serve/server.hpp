// HTTP/1.1 on a socket around a Service.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "worker/serve/service.hpp"

namespace o2v::serve {

struct ServerOptions {
    std::string host = "127.0.0.1";
    int port = 8080;  // 0 = any that is free
    int threads = 1;
    std::int64_t max_body = 6LL << 20;
    int max_connections = 1024;  // one more is told 503 and closed
    // For a request to arrive, for an answer to be taken, and for a connection to be silent: then it is
    // closed.
    std::chrono::seconds timeout{30};
    std::chrono::seconds farewell{30};  // stop() waits so long for answers that are owed
};

class Server {
  public:
    // Listens. Throws InputError (not an address), StorageError (the address is in use, ...).
    Server(const ServerOptions& options, Service& service, ServiceMetrics& metrics);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    int port() const;
    // Serves until stop() has been called and everything is answered.
    void run();
    // From any thread: no more connections; requests that have arrived are answered, silent connections
    // closed.
    void stop();
    // The first SIGINT or SIGTERM calls stop(), a second one ends run() at once.
    void stop_at_signals();

    struct State;  // what its connections share

  private:
    std::shared_ptr<State> state_;
};

}  // namespace o2v::serve
