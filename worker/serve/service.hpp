// What is answered to which request: SageMaker's hosting contract, without sockets.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/serve/batcher.hpp"
#include "worker/serve/model_source.hpp"
#include "worker/serve/service_metrics.hpp"

namespace o2v::serve {

struct Request {
    std::string method, target;                       // "POST", "/invocations"
    std::string content_type, accept, authorization;  // as sent; "" = not sent
    std::string body;  // with answers::QueryParser::kPadding bytes of capacity behind it
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

struct ServiceOptions {
    std::string token;                  // "" = none is asked for
    std::int64_t max_body = 6LL << 20;  // bytes
    int replicas = 1;
    // What a batch transform was started with; /execution-parameters says it again.
    std::optional<int> max_concurrent_transforms{};
    std::string batch_strategy = "MULTI_RECORD";
    std::int64_t max_answer = 32LL << 20;  // numbers
};

// "application/json; infer_max_seqlens=5,9" taken apart. Throws InputError for lengths that are not 1 to
// 5000.
struct ContentType {
    std::string type;  // lower case, without parameters
    std::optional<model::MaxLengths> max_lengths;
};
ContentType parse_content_type(std::string_view header);

// GET  /ping                  200 while it answers, 503 while it stops
// POST /invocations           scores and embeddings, see answers.hpp; Content-Type application/json (also
// when
//                             none is sent) or application/jsonlines, with infer_max_seqlens=IN0,IN1; Accept
//                             one of the two, or the same as the content
// POST /neighbors?k=10        the same content, a single side each: the items of the index nearest to each,
//                             {"neighbors": [{"items": [{"item": row, "name": "...", "score": x}, ...]},
//                             ...]}
// GET  /metrics, /model, /execution-parameters
//
// Errors are {"error": "...", "problems": [{"where": "instances[3]: in0[2]", "value": "-1", "message":
// "..."}]}: 400 what cannot be read, 401 without the token, 404, 405, 406, 413, 415, 429 when too many rows
// wait, 500, 503. 413 is also for what would be answered with more than max_answer numbers, or with more than
// 100,000 neighbors, ten a row at least. HEAD is taken where GET is.
class Service {
  public:
    Service(const ServiceOptions& options, ModelSource& models, Batcher& batcher, ServiceMetrics& metrics);

    // What is wrong with a request before its body is read; `body_bytes` as it announces them.
    std::optional<Response> refuse(const Request& head, std::optional<std::uint64_t> body_bytes) const;

    // Calls `reply` once, here or in another thread, with what makes the response: that writes the text, and
    // is for the caller's thread.
    using Reply = std::function<void(std::function<Response()>)>;
    void handle(const Request& request, const Reply& reply);

    // From now on /ping says 503.
    void stop() { stopping_ = true; }
    // Of a response that was sent, for the metrics.
    void answered(const std::string& target, int status);

  private:
    // Makes of a request's answers, in the thread that computes, what writes the text.
    using Finish = std::function<std::function<Response()>(const Answered&)>;
    void invoke(const Request& request, const Reply& reply);
    void find_neighbors(const Request& request, const Reply& reply);
    void submit(Job job, const Reply& reply, Finish finish);
    Job job_of(const Request& request, const ContentType& content) const;
    Response model() const;
    Response execution_parameters() const;

    const ServiceOptions options_;
    ModelSource& models_;
    Batcher& batcher_;
    ServiceMetrics& metrics_;
    std::atomic<bool> stopping_ = false;
};

Response error_response(int status, const std::string& message, const std::vector<Problem>& problems = {});

// Whether the answer is to be JSON Lines rather than a document; nothing when the client takes neither.
// `accept` "" or with */*: like the content.
std::optional<bool> wants_lines(std::string_view accept, bool content_is_lines);

}  // namespace o2v::serve
