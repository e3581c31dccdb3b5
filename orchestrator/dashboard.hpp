// o2v-tune dashboard: the studies under a folder as a live page, over HTTP. It looks and changes nothing.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace o2v::orchestrator {

struct DashboardOptions {
    std::string folder = "runs";     // of studies, or one study's
    std::string host = "127.0.0.1";  // address or name to listen on
    unsigned short port = 8081;      // 0: any that is free
    // Requests whose Host header does not name this machine's loopback are refused.
    bool loopback_names_only = true;
    std::chrono::milliseconds look{250};    // how often the studies that are watched are looked at
    std::chrono::seconds request_time{10};  // to send a request's head, and between two on one connection
    std::chrono::seconds write_time{20};    // for a viewer to take what is written
    std::chrono::seconds keep_alive{15};    // a viewer of a quiet study is sent a comment so often
    std::size_t connections = 512;          // more are turned away with 503
    std::size_t queue_bytes = 16 << 20;     // that wait for one viewer; one that is slower is let go
};

class Dashboard {
  public:
    // Listens from now on. Throws InputError for a folder that does not exist and a host that is no address
    // of this machine, StorageError when the port is taken.
    explicit Dashboard(const DashboardOptions& options);
    ~Dashboard();
    Dashboard(const Dashboard&) = delete;
    Dashboard& operator=(const Dashboard&) = delete;

    unsigned short port() const;
    std::string address() const;  // "http://127.0.0.1:8081/"
    bool is_loopback() const;     // can nobody but this machine reach it?
    // Serves until SIGINT or SIGTERM.
    void run();

  private:
    class Server;
    std::shared_ptr<Server> server_;
};

}  // namespace o2v::orchestrator
