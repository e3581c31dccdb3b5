// A client of o2v-serve on this machine. Private to the room.
#pragma once

#include <memory>
#include <string>

namespace o2v::orchestrator {

// One connection that is kept. Throws std::runtime_error on any answer but 200, and what Boost throws when
// the server is gone.
class HttpClient {
  public:
    explicit HttpClient(int port);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    // POST /invocations with a JSON body; the answer's body.
    std::string ask(const std::string& body);

  private:
    struct Connection;
    std::unique_ptr<Connection> connection_;
};

}  // namespace o2v::orchestrator
