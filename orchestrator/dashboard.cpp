#include "orchestrator/dashboard.hpp"

#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "orchestrator/dashboard_session.hpp"
#include "orchestrator/gzip.hpp"
#include "reports/page.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

}  // namespace

// Connections on the thread that run() is called on, reading on another one. What the reading thread makes is
// handed over in the order in which it is made.
class Dashboard::Server final : public DashboardHost {
  public:
    explicit Server(const DashboardOptions& given)
        : options_(given),
          acceptor_(context_),
          signals_(context_, SIGINT, SIGTERM),
          timer_(context_),
          reader_(given.folder,
                  [this](const std::string& name, const Bytes& message) {
                      asio::post(context_, [this, name, message] { publish(name, message); });
                  }),
          page_(std::make_shared<const std::string>(reports::page_html(""))),
          gzipped_page_(std::make_shared<const std::string>(gzipped(*page_))) {
        listen();
    }
    ~Server() override { reading_.join(); }

    const DashboardOptions& options() const override { return options_; }
    bool full() const override { return sessions_.size() > options_.connections; }
    void opened(DashboardSession& session) override { sessions_.insert(&session); }
    void closed(DashboardSession& session) override {
        sessions_.erase(&session);
        stop_watching(session);
    }
    tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

    void run() {
        signals_.async_wait([this](beast::error_code error, int) {
            if (!error) stop();
        });
        accept();
        look_later();
        context_.run();
        reading_.join();
        context_.restart();
        context_.poll();  // what was read meanwhile goes to nobody
    }

    void ask(const Route& route, const std::shared_ptr<DashboardSession>& session, bool gzip,
             const std::optional<std::string>& last_event) override {
        const auto now = DashboardReader::Clock::now;
        if (const auto* refusal = std::get_if<Refusal>(&route)) {
            session->answer(error_answer(refusal->status, refusal->why));
        } else if (std::holds_alternative<PageRoute>(route)) {
            session->answer({200, "text/html; charset=utf-8", gzip ? gzipped_page_ : page_, gzip, true});
        } else if (std::holds_alternative<StudiesRoute>(route)) {
            read(session, [this] { return reader_.list(); });
        } else if (const auto* study = std::get_if<StudyRoute>(&route)) {
            read(session, [=, this, name = study->name] { return reader_.document(name, gzip, now()); });
        } else if (const auto* log = std::get_if<LogRoute>(&route)) {
            read(session, [=, this, log = *log] { return reader_.log(log.name, log.trial, now()); });
        } else if (const auto* events = std::get_if<EventsRoute>(&route)) {
            read(
                session, [=, this, name = events->name] { return reader_.follow(name, last_event, now()); },
                events->name);
        }
    }

  private:
    void listen() {
        beast::error_code error;
        tcp::resolver resolver(context_);
        const auto found = resolver.resolve(options_.host, std::to_string(options_.port),
                                            tcp::resolver::passive | tcp::resolver::numeric_service, error);
        if (error || found.empty())
            throw InputError("--host", options_.host, "is no address to listen on: " + error.message());
        const tcp::endpoint at = found.begin()->endpoint();
        acceptor_.open(at.protocol(), error);
        if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor_.bind(at, error);
        if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
        if (error == boost::system::errc::address_not_available ||
            error == boost::system::errc::address_family_not_supported)
            throw InputError("--host", options_.host, "is no address of this machine");
        if (error)
            throw StorageError(options_.host + ":" + std::to_string(options_.port) +
                               " cannot be listened on: " + error.message() + "; take another --port");
    }

    void accept() {
        acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
            if (stopping_) return;
            if (!error) {
                std::make_shared<DashboardSession>(std::move(socket), *this)->start();
                return accept();
            }
            // No file descriptor is left, say: those that are open go on.
            retry_.expires_after(std::chrono::milliseconds(200));
            retry_.async_wait([this](beast::error_code) {
                if (!stopping_) accept();
            });
        });
    }

    // Makes an answer on the reading thread. Who `follows` a study is told of it from then on.
    template <class Make>
    void read(const std::shared_ptr<DashboardSession>& session, Make make, const std::string& follows = "") {
        asio::post(reading_, [this, session, make, follows] {
            Answer answer = make();
            asio::post(context_, [this, session, follows, answer = std::move(answer)] {
                const bool begins = !follows.empty() && answer.status == 200;
                if (begins) watching_[follows].insert(session.get());
                session->answer(answer);
            });
        });
    }

    void look_later() {
        timer_.expires_after(options_.look);
        timer_.async_wait([this](beast::error_code error) {
            if (error || stopping_) return;
            if (!std::exchange(looking_, true)) {
                std::set<std::string> watched;
                for (const auto& [name, sessions] : watching_) watched.insert(name);
                asio::post(reading_, [this, watched = std::move(watched)] {
                    reader_.look(watched, DashboardReader::Clock::now());
                    asio::post(context_, [this] { looking_ = false; });
                });
            }
            keep_alive();
            look_later();
        });
    }

    // So that a connection that has died is noticed, here and there.
    void keep_alive() {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_keep_alive_) return;
        next_keep_alive_ = now + options_.keep_alive;
        static const auto comment = std::make_shared<const std::string>(": here\n\n");
        for (const auto& [name, sessions] : watching_) publish(name, comment);
    }

    void publish(const std::string& name, const Bytes& message) {
        const auto found = watching_.find(name);
        if (found == watching_.end()) return;
        // Closing takes a session out of the set.
        for (DashboardSession* session : std::vector(found->second.begin(), found->second.end()))
            if (message)
                session->send(message);
            else
                session->close();
    }

    void stop_watching(DashboardSession& session) {
        for (auto& [name, sessions] : watching_) sessions.erase(&session);
        std::erase_if(watching_, [](const auto& entry) { return entry.second.empty(); });
    }

    void stop() {
        stopping_ = true;
        beast::error_code ignored;
        acceptor_.close(ignored);
        timer_.cancel();
        retry_.cancel();
        for (DashboardSession* session : std::vector(sessions_.begin(), sessions_.end())) session->close();
    }

    DashboardOptions options_;
    std::set<DashboardSession*> sessions_;
    std::map<std::string, std::set<DashboardSession*>> watching_;  // by study
    asio::io_context context_{1};                                  // may hold the last of a session
    tcp::acceptor acceptor_;
    asio::signal_set signals_;
    asio::steady_timer timer_, retry_{context_};
    bool stopping_ = false, looking_ = false;
    std::chrono::steady_clock::time_point next_keep_alive_{};
    DashboardReader reader_;  // of the reading thread
    Bytes page_, gzipped_page_;
    asio::thread_pool reading_{1};
};

Dashboard::Dashboard(const DashboardOptions& options) {
    if (!std::filesystem::is_directory(options.folder))
        throw InputError("--folder", options.folder, "is no folder");
    server_ = std::make_shared<Server>(options);
}

Dashboard::~Dashboard() = default;

unsigned short Dashboard::port() const {
    return server_->endpoint().port();
}

std::string Dashboard::address() const {
    const auto endpoint = server_->endpoint();
    const std::string host = endpoint.address().to_string();
    return "http://" + (endpoint.address().is_v6() ? '[' + host + ']' : host) + ':' +
           std::to_string(endpoint.port()) + '/';
}

bool Dashboard::is_loopback() const {
    return server_->endpoint().address().is_loopback();
}

void Dashboard::run() {
    server_->run();
}

}  // namespace o2v::orchestrator
