// The options of o2v-tune serve and o2v-serve.
#pragma once

#include "worker/answers/options/options.hpp"

namespace o2v::answers {

struct ServeOptions : ModelOptions {
    std::string host = "127.0.0.1";
    int port = 8080;                       // 0 = any that is free
    int replicas = 0;                      // threads that compute; 0 = half as many as this process has cores
    int io_threads = 0;                    // threads that read, parse and write; 0 = for the other cores
    std::int64_t max_batch = 1024;         // rows computed together
    int batch_delay_us = 0;                // how long a batch waits for more rows
    std::int64_t queue_rows = 20'000;      // rows that may wait; more are refused with 429
    std::int64_t max_body = 6LL << 20;     // bytes of a request's body
    std::int64_t max_answer = 32LL << 20;  // numbers of an answer
    int max_connections = 1024;
    int timeout_seconds = 30;  // of a request's arrival, and of a connection without one
    std::string token_file;    // its first line is the bearer token; "" = none is asked for
    std::string index;         // folder for /neighbors; "" = the model's own, where there is one
    std::string mode;          // "embedding", "classification" or ""
};

using Serve = std::function<void(const ServeOptions&)>;
// As a command of `app`, or as `app` itself.
void add_serve(CLI::App& app, const Serve& carry_out);
void add_serve_options(CLI::App& command, const Serve& carry_out);

}  // namespace o2v::answers
