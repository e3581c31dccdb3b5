// o2v-serve: a trained model over HTTP.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <thread>

#include "search/study/errors.hpp"
#include "worker/answers/options/hosting.hpp"
#include "worker/answers/options/serve_options.hpp"
#include "worker/serve/model_source.hpp"
#include "worker/serve/server.hpp"
#include "worker/serve/service.hpp"
#include "worker/torch_environment.hpp"

namespace o2v::serve {
namespace {

std::string read_token(const std::string& path) {
    if (path.empty()) return "";
    std::ifstream file(path);
    std::string token;
    std::getline(file, token);
    token.erase(token.find_last_not_of(" \t\r") + 1);
    if (token.empty()) throw InputError("--token-file", path, "holds no token in its first line");
    return token;
}

void say(const std::string& text) {
    fmt::print("{}\n", text);
    std::fflush(stdout);
}

void serve(const answers::ServeOptions& options) {
    std::signal(SIGPIPE, SIG_IGN);
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    // On two cores one of each is faster than two: a replica and the connections then hardly wait for a core.
    const int replicas = options.replicas > 0 ? options.replicas : std::max(1, cores / 2);
    const int io_threads = options.io_threads > 0 ? options.io_threads : std::max(1, cores - replicas);
    const std::string token = read_token(options.token_file);
    // A replica is one thread; --threads lets one answer of many pairs use more.
    worker::torch_environment(std::max(options.threads, 1));

    const answers::BatchTransform batch = answers::batch_transform(answers::variable);

    ServiceMetrics metrics;
    ModelSource models(
        {options.path(), options.device, options.index, options.mode, std::chrono::milliseconds(500), say},
        metrics);
    Batcher batcher(
        {replicas, options.max_batch, std::chrono::microseconds(options.batch_delay_us), options.queue_rows},
        metrics);
    Service service(
        {token, options.max_body, replicas, batch.max_concurrent, batch.strategy, options.max_answer}, models,
        batcher, metrics);
    ServerOptions server_options;
    server_options.host = options.host;
    server_options.port = options.port;
    server_options.threads = io_threads;
    server_options.max_body = options.max_body;
    server_options.max_connections = options.max_connections;
    server_options.timeout = server_options.farewell = std::chrono::seconds(options.timeout_seconds);
    Server server(server_options, service, metrics);
    server.stop_at_signals();
    const auto model = models.current();
    say(fmt::format(
        "serving {}, version {}, on http://{}:{} ({}, {} replica{}{})", model->folder, model->version,
        options.host.find(':') == std::string::npos ? options.host : '[' + options.host + ']', server.port(),
        options.device, replicas, replicas == 1 ? "" : "s", token.empty() ? "" : ", bearer token"));
    if (token.empty() && options.host != "127.0.0.1" && options.host != "::1")
        say("anybody who reaches this address may ask: --token-file asks for a token");
    server.run();
    say("stopped");
}

}  // namespace
}  // namespace o2v::serve

int main(int argc, char** argv) {
    CLI::App app{
        "o2v-serve: a trained model over HTTP; `o2v-tune serve` starts it. `o2v-serve serve` "
        "hosts /opt/ml/model (--root, O2V_OPT_ML) on port 8080 of all addresses, as a SageMaker container "
        "does, and heeds SAGEMAKER_BIND_TO_PORT, SAGEMAKER_MAX_PAYLOAD_IN_MB, "
        "SAGEMAKER_MODEL_SERVER_WORKERS, SAGEMAKER_MODEL_SERVER_TIMEOUT, "
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS and SAGEMAKER_BATCH_STRATEGY.",
        "o2v-serve"};
    app.set_version_flag("--version", "o2v-serve " O2V_VERSION);
    o2v::answers::add_serve_options(app, o2v::serve::serve);
    try {
        std::vector<std::string> arguments(argv + 1, argv + argc);
        if (!arguments.empty() && arguments.front() == "serve")
            arguments = o2v::answers::hosting_arguments({arguments.begin() + 1, arguments.end()},
                                                        o2v::answers::variable);
        std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
        app.parse(std::move(arguments));
        return 0;
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    } catch (const o2v::InputError& e) {
        std::cerr << "o2v-serve: " << e.what() << '\n';
        return 2;
    } catch (const std::exception& e) {
        std::cerr << "o2v-serve: " << e.what() << '\n';
    }
    return 1;
}
