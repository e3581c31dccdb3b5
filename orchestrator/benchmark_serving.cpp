// A model behind o2v-serve, and the client that asks it.
#include <fmt/format.h>
#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>
#include <filesystem>
#include <optional>
#include <thread>

#include "model/data/dataset.hpp"
#include "orchestrator/benchmark_clock.hpp"
#include "orchestrator/benchmark_http.hpp"
#include "orchestrator/benchmark_steps.hpp"
#include "orchestrator/confine.hpp"
#include "orchestrator/last_lines.hpp"
#include "orchestrator/log_file.hpp"
#include "reports/statistics.hpp"

namespace o2v::orchestrator {
namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLongestStart{120}, kFarewell{5};
constexpr int kLogLines = 5;
constexpr std::int64_t kWarmRequests = 20;
constexpr std::size_t kClients = 4;   // that ask for many rows side by side
constexpr std::size_t kBodies = 500;  // different requests, asked again and again

class Server {
  public:
    Server(const Bench& bench, const std::string& model, const std::string& mode)
        : output_(io_), log_path_(bench.work + "/serve.log") {
        const std::string device = bench.slot.device == "cpu" ? "cpu" : "cuda:0";
        const std::vector<std::string> arguments{model, "--port", "0", "--mode", mode, "--device", device};
        std::filesystem::remove(log_path_);  // of the server before
        const LogFile log(log_path_);
        process_.emplace(io_, bench.serve_program, arguments,
                         process::process_stdio{nullptr, output_, log.handle()},
                         Confine(bench.slot, bench.memory_bytes));
    }
    ~Server() {
        if (!process_->running()) return;
        ::kill(pid(), SIGTERM);
        const auto deadline = Clock::now() + kFarewell;
        while (process_->running() && Clock::now() < deadline)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        boost::system::error_code ignored;
        process_->terminate(ignored);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    int pid() const { return static_cast<int>(process_->id()); }
    // What it has printed last, for messages.
    std::string last_words() const { return last_lines(log_path_, kLogLines); }

    // Waits for the line that names it. 0 when it has ended or is silent.
    int port() {
        std::string said;
        asio::steady_timer timer(io_, kLongestStart);
        boost::system::error_code error;
        bool over = false;
        asio::async_read_until(output_, asio::dynamic_buffer(said), '\n',
                               [&](boost::system::error_code e, std::size_t) {
                                   error = e;
                                   over = true;
                                   timer.cancel();
                               });
        timer.async_wait([&](boost::system::error_code e) {
            if (!e) output_.cancel();
        });
        while (!over && io_.run_one() > 0) {
        }
        const std::size_t address = said.find("http://127.0.0.1:");
        return error || address == std::string::npos
                   ? 0
                   : std::atoi(said.c_str() + address + sizeof("http://127.0.0.1:") - 1);
    }

  private:
    asio::io_context io_;
    asio::readable_pipe output_;
    std::string log_path_;
    std::optional<process::process> process_;
};

std::string ids(std::span<const std::int32_t> tokens) {
    std::string text = "[";
    for (const std::int32_t token : tokens) text += (text.size() > 1 ? "," : "") + std::to_string(token);
    return text + "]";
}

// Requests of so many rows each; in embedding mode of in0 alone.
std::vector<std::string> make_bodies(const data::Dataset& pairs, std::int64_t rows, bool embedding) {
    std::vector<std::string> bodies;
    std::int64_t next = 0;
    for (std::size_t i = 0; i < kBodies; ++i) {
        std::string body = "{\"instances\":[";
        for (std::int64_t k = 0; k < rows; ++k, next = (next + 1) % pairs.size()) {
            body += (k > 0 ? ",{\"in0\":" : "{\"in0\":") + ids(pairs.side[0][next]);
            if (!embedding) body += ",\"in1\":" + ids(pairs.side[1][next]);
            body += "}";
        }
        bodies.push_back(body + "]}");
    }
    return bodies;
}

std::vector<double> latencies(int port, const std::vector<std::string>& bodies, std::int64_t requests) {
    HttpClient client(port);
    std::vector<double> seconds;
    for (std::int64_t i = -kWarmRequests; i < requests; ++i) {
        const std::string& body = bodies[static_cast<std::size_t>(i + kWarmRequests) % bodies.size()];
        const auto began = Clock::now();
        client.ask(body);
        if (i >= 0) seconds.push_back(seconds_since(began));
    }
    return seconds;
}

double rows_per_second(int port, const std::vector<std::string>& bodies, const InferenceOptions& options) {
    const std::int64_t each = std::max<std::int64_t>(
        1, options.bulk_rows / (options.rows_per_request * static_cast<std::int64_t>(kClients)));
    std::vector<std::exception_ptr> failures(kClients);
    std::vector<std::thread> clients;
    const auto began = Clock::now();
    for (std::size_t c = 0; c < kClients; ++c)
        clients.emplace_back([&, c] {
            try {
                HttpClient client(port);
                for (std::int64_t i = 0; i < each; ++i)
                    client.ask(
                        bodies[(c * bodies.size() / kClients + static_cast<std::size_t>(i)) % bodies.size()]);
            } catch (...) {
                failures[c] = std::current_exception();
            }
        });
    for (std::thread& client : clients) client.join();
    const double seconds = seconds_since(began);
    for (const std::exception_ptr& failure : failures)
        if (failure) std::rethrow_exception(failure);
    return static_cast<double>(each * static_cast<std::int64_t>(kClients) * options.rows_per_request) /
           seconds;
}

}  // namespace

StepOutcome measure_serving(const Bench& bench, const Benchmark& benchmark,
                            const Configuration& configuration, const std::string& mode) {
    StepOutcome outcome;
    const std::string model = trained_model(bench, configuration);
    if (model.empty()) {
        outcome.failure = "there is no model: its training has failed";
        return outcome;
    }
    const InferenceOptions& options = *benchmark.inference;
    const data::Dataset pairs = data::read_jsonl(configuration.experiment.data.train, {});
    const bool embedding = mode == "embedding";
    const auto single = make_bodies(pairs, 1, embedding),
               many = make_bodies(pairs, options.rows_per_request, embedding);
    const auto began = Clock::now();
    Server server(bench, model, mode);
    const int port = server.port();
    const double start = seconds_since(began);
    if (bench.interrupted()) outcome.interrupted = true;
    if (port == 0) outcome.failure = "o2v-serve did not start:\n" + server.last_words();
    if (outcome.interrupted || port == 0) return outcome;
    try {
        const std::vector<double> seconds = latencies(port, single, options.requests);
        outcome.interrupted = bench.interrupted();
        if (outcome.interrupted) return outcome;
        const double rate = rows_per_second(port, many, options);
        outcome.interrupted = bench.interrupted();
        const double p50 = reports::median(seconds), p99 = reports::quantile(seconds, 0.99);
        const auto add = [&](const char* measure, double value) {
            outcome.samples.push_back({configuration.name, mode + '.' + measure, value});
        };
        add("server_start_seconds", start);
        add("latency_p50_seconds", p50);
        add("latency_p99_seconds", p99);
        add("rows_per_second", rate);
        add("peak_memory_bytes", static_cast<double>(peak_memory_of(server.pid())));
        if (bench.price_per_hour) add("cost_per_million_pairs", 1e6 / rate * *bench.price_per_hour / 3600);
        outcome.sentence =
            fmt::format("{:.2f} ms p50, {:.2f} ms p99, {:.0f} rows/s", p50 * 1e3, p99 * 1e3, rate);
    } catch (const std::exception& e) {
        outcome.failure = std::string("asking the server failed: ") + e.what();
    }
    return outcome;
}

}  // namespace o2v::orchestrator
