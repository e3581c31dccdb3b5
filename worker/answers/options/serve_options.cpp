#include "worker/answers/options/serve_options.hpp"

#include <memory>

namespace o2v::answers {

void add_serve(CLI::App& app, const Serve& carry_out) {
    add_serve_options(*app.add_subcommand("serve", "answer over HTTP, as SageMaker's hosting does"),
                      carry_out);
}

void add_serve_options(CLI::App& command, const Serve& carry_out) {
    auto options = std::make_shared<ServeOptions>();
    add_model_options(command, *options);
    command.get_option("--threads")
        ->description("threads that one answer of many pairs may use (default: 1)");
    command.add_option("--host", options->host, "address to listen on; 0.0.0.0 = all")->capture_default_str();
    command.add_option("--port", options->port, "0 = any that is free")
        ->check(CLI::Range(0, 65535))
        ->capture_default_str();
    command.add_option("--replicas", options->replicas, "threads that compute (default: half of the cores)")
        ->check(CLI::PositiveNumber);
    command
        .add_option("--io-threads", options->io_threads,
                    "threads for the connections (default: the other half)")
        ->check(CLI::PositiveNumber);
    command.add_option("--max-batch", options->max_batch, "pairs of different requests computed together")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command
        .add_option(
            "--batch-delay", options->batch_delay_us,
            "microseconds that a batch waits for more; 0 = what has arrived while the last was computed")
        ->check(CLI::Range(0, 1'000'000))
        ->capture_default_str();
    command.add_option("--queue", options->queue_rows, "pairs that may wait; beyond, requests get 429")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command.add_option("--max-body", options->max_body, "bytes of a request; beyond, 413")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command.add_option("--max-answer", options->max_answer, "numbers of an answer; beyond, 413")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command.add_option("--max-connections", options->max_connections)
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command
        .add_option("--timeout", options->timeout_seconds,
                    "seconds for a request's head to arrive, for its body, for its answer to be taken")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command
        .add_option("--token-file", options->token_file, "requests must bring its first line as bearer token")
        ->check(CLI::ExistingFile);
    command
        .add_option("--index", options->index,
                    "index for /neighbors (default: the one in the model's folder)")
        ->check(CLI::ExistingDirectory);
    command
        .add_option("--mode", options->mode,
                    "what is asked most: embedding or classification; on a GPU only that network lies there")
        ->envname("INFERENCE_PREFERRED_MODE")
        ->check(CLI::IsMember({"embedding", "classification"}));
    command.footer(
        "GET /ping, POST /invocations (application/json or application/jsonlines: pairs give scores, single\n"
        "sides their embedding; `application/json; infer_max_seqlens=8,32`), GET /metrics, GET /model,\n"
        "GET /execution-parameters, and POST /neighbors?k=10 (single sides; where o2v-tune index has made "
        "an\n"
        "index). A newly promoted version is taken up without losing a request; SIGTERM\n"
        "finishes what has arrived.\n\n"
        "Example:\n  o2v-tune serve wordnet --port 8080\n"
        "  curl -s localhost:8080/invocations -H 'Content-Type: application/json' \\\n"
        "       -d '{\"instances\": [{\"in0\": \"spaniel\", \"in1\": \"a small dog\"}]}'\n");
    command.callback([options, carry_out] { carry_out(*options); });
}

}  // namespace o2v::answers
