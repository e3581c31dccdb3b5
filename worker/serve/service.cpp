#include "worker/serve/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "search/study/errors.hpp"

namespace o2v::serve {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kLongestLimit = 5000;      // spec 3.2
constexpr std::int64_t kMostNeighbors = 100'000;  // of all rows of a request
constexpr std::int64_t kFewNeighbors = 10;        // fewer take no less time
constexpr std::int64_t kLongText = 100'000;       // numbers; the replica writes more
constexpr const char* kUnreadable = "unable to evaluate payload provided";  // SageMaker's words
constexpr const char* kJson = "application/json";
constexpr const char* kLines = "application/jsonlines";

struct Route {
    const char* path;
    const char* method;
};
constexpr Route kRoutes[] = {{"/ping", "GET"},    {"/invocations", "POST"}, {"/neighbors", "POST"},
                             {"/metrics", "GET"}, {"/model", "GET"},        {"/execution-parameters", "GET"}};

std::string path_of(const std::string& target) {
    return target.substr(0, target.find('?'));
}

const Route* route_of(const std::string& target) {
    const std::string path = path_of(target);
    const auto* found =
        std::find_if(std::begin(kRoutes), std::end(kRoutes), [&](const Route& r) { return path == r.path; });
    return found == std::end(kRoutes) ? nullptr : found;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

// The parts between separators, trimmed.
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        parts.push_back(trimmed(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return parts;
}

model::MaxLengths max_lengths_of(std::string_view value) {
    const auto fail = [&] {
        throw InputError(
            "Content-Type: infer_max_seqlens", std::string(value),
            fmt::format("must be two integers from 1 to {}, for in0 and in1: 12,32", kLongestLimit));
    };
    const auto parts = split(value, ',');
    if (parts.size() != 2) fail();
    model::MaxLengths lengths{};
    for (std::size_t i = 0; i < 2; ++i) {
        const char* const end = parts[i].data() + parts[i].size();
        const auto [at, error] = std::from_chars(parts[i].data(), end, lengths[i]);
        if (error != std::errc() || at != end || lengths[i] < 1 || lengths[i] > kLongestLimit) fail();
    }
    return lengths;
}

// As long as it takes whatever the texts hold.
bool same(std::string_view a, std::string_view b) {
    unsigned char different = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < a.size(); ++i)
        different |= static_cast<unsigned char>(a[i] ^ b[b.empty() ? 0 : i % b.size()]);
    return different == 0;
}

// One for each thread that reads requests, for the model of the last one.
answers::QueryParser& parser_for(const std::shared_ptr<const LoadedModel>& model) {
    thread_local std::shared_ptr<const LoadedModel> of;
    thread_local std::unique_ptr<answers::QueryParser> parser;
    if (of != model) {
        parser = std::make_unique<answers::QueryParser>(answers::rules_of(model->predictor));
        of = model;
    }
    return *parser;
}

Response too_many() {
    Response response = error_response(429, "too many pairs wait here: try again in a moment");
    response.headers.emplace_back("Retry-After", "1");
    return response;
}

Response answers_of(const Answered& answered, bool lines) {
    Response response;
    response.content_type = lines ? kLines : kJson;
    response.body = lines ? answers::to_lines(*answered.answers, answered.begin, answered.end)
                          : answers::to_document(*answered.answers, answered.begin, answered.end);
    return response;
}

// How many numbers the answers hold.
std::int64_t numbers_of(const model::Options& options, const answers::Queries& queries) {
    const std::int64_t pairs = queries.side(0).size() + queries.side(1).size() - queries.size();
    return pairs * options.outputs() + (queries.size() - pairs) * options.enc_dim;
}

// /neighbors?k=10: 10 when it is not given. Throws InputError.
std::int64_t wanted_neighbors(const std::string& target) {
    constexpr std::int64_t kMost = 1000;
    const std::size_t question = target.find('?');
    if (question == std::string::npos) return 10;
    for (const std::string_view part : split(std::string_view(target).substr(question + 1), '&')) {
        if (!part.starts_with("k=")) continue;
        std::int64_t k = 0;
        const char* const end = part.data() + part.size();
        const auto [at, error] = std::from_chars(part.data() + 2, end, k);
        if (error != std::errc() || at != end || k < 1 || k > kMost)
            throw InputError("k", std::string(part.substr(2)), fmt::format("must be from 1 to {}", kMost));
        return k;
    }
    return 10;
}

using Nearest = std::vector<std::vector<model::Neighbor>>;  // of each row

Nearest search(const model::ItemIndex& items, const Answered& answered, std::int64_t k) {
    Nearest nearest;
    for (std::int64_t row = answered.begin; row < answered.end; ++row) {
        const std::span<const float> vector = (*answered.answers)[row];
        const model::Rows query{vector.data(), 1, static_cast<std::int64_t>(vector.size())};
        nearest.push_back(std::move(items.index.search(query, k).front()));
    }
    return nearest;
}

Response neighbors_of(const model::ItemIndex& items, const Nearest& nearest) {
    json all = json::array();
    for (const auto& neighbors : nearest) {
        json found = json::array();
        for (const model::Neighbor& neighbor : neighbors)
            found.push_back({{"item", neighbor.item},
                             {"name", items.items.names[static_cast<std::size_t>(neighbor.item)]},
                             {"score", neighbor.score}});
        all.push_back({{"items", std::move(found)}});
    }
    Response response;
    response.body = json{{"metric", name_of(items.index.metric())}, {"neighbors", std::move(all)}}.dump(
                        -1, ' ', false, json::error_handler_t::replace) +
                    '\n';
    return response;
}

}  // namespace

Response error_response(int status, const std::string& message, const std::vector<Problem>& problems) {
    json body{{"error", message}};
    for (const Problem& problem : problems)
        body["problems"].push_back(
            {{"where", problem.where}, {"value", problem.value}, {"message", problem.message}});
    Response response;
    response.status = status;
    response.body = body.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
    return response;
}

ContentType parse_content_type(std::string_view header) {
    ContentType content;
    const auto parts = split(header, ';');
    content.type = lower(parts.front());
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const std::size_t equals = parts[i].find('=');
        if (equals == std::string_view::npos ||
            lower(trimmed(parts[i].substr(0, equals))) != "infer_max_seqlens")
            continue;
        std::string_view value = trimmed(parts[i].substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        content.max_lengths = max_lengths_of(value);
    }
    return content;
}

std::optional<bool> wants_lines(std::string_view accept, bool content_is_lines) {
    if (trimmed(accept).empty()) return content_is_lines;
    for (const std::string_view part : split(accept, ',')) {
        const std::string type = lower(trimmed(part.substr(0, part.find(';'))));
        if (type == "*/*" || type == "application/*") return content_is_lines;
        if (type == kJson) return false;
        if (type == kLines) return true;
    }
    return std::nullopt;
}

Service::Service(const ServiceOptions& options, ModelSource& models, Batcher& batcher,
                 ServiceMetrics& metrics)
    : options_(options), models_(models), batcher_(batcher), metrics_(metrics) {}

std::optional<Response> Service::refuse(const Request& head, std::optional<std::uint64_t> body_bytes) const {
    const Route* route = route_of(head.target);
    if (!route)
        return error_response(
            404,
            "there is no " + path_of(head.target) +
                "; there are GET /ping, POST /invocations, POST /neighbors, GET /metrics, GET /model and GET "
                "/execution-parameters");
    const bool is_get = std::string_view(route->method) == "GET";
    if (head.method != route->method && !(is_get && head.method == "HEAD")) {
        Response response = error_response(405, std::string(route->path) + " takes " + route->method);
        response.headers.emplace_back("Allow", is_get ? "GET, HEAD" : route->method);
        return response;
    }
    if (!options_.token.empty() && std::string_view(route->path) != "/ping") {
        constexpr std::string_view kBearer = "Bearer ";
        const std::string_view given = head.authorization;
        if (!given.starts_with(kBearer) || !same(trimmed(given.substr(kBearer.size())), options_.token)) {
            Response response = error_response(401, "a bearer token is needed: Authorization: Bearer TOKEN");
            response.headers.emplace_back("WWW-Authenticate", "Bearer");
            return response;
        }
    }
    if (body_bytes.value_or(0) > static_cast<std::uint64_t>(options_.max_body))
        return error_response(413, fmt::format("the body has {} bytes, of which there may be {}", *body_bytes,
                                               options_.max_body));
    if (is_get) return std::nullopt;
    try {
        const ContentType content = parse_content_type(head.content_type);
        const bool lines = content.type == kLines;
        if (!lines && !content.type.empty() && content.type != kJson)
            return error_response(415, "Content-Type " + head.content_type +
                                           " is not known: application/json or application/jsonlines");
        if (!wants_lines(head.accept, lines))
            return error_response(
                406, "Accept " + head.accept + " is not known: application/json or application/jsonlines");
    } catch (const InputError& error) {
        return error_response(400, kUnreadable, error.problems());
    }
    return std::nullopt;
}

void Service::handle(const Request& request, const Reply& reply) {
    const auto at_once = [&reply](Response response) {
        reply([response = std::move(response)] { return response; });
    };
    const std::string path = path_of(request.target);
    try {
        if (path == "/invocations") return invoke(request, reply);
        if (path == "/neighbors") return find_neighbors(request, reply);
    } catch (const InputError& error) {
        return at_once(error_response(400, kUnreadable, error.problems()));
    }
    if (path == "/metrics") {
        Response response;
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        response.body = metrics_.text(models_.current()->version);
        return at_once(std::move(response));
    }
    if (path == "/model") return at_once(model());
    if (path == "/execution-parameters") return at_once(execution_parameters());
    if (stopping_) return at_once(error_response(503, "is stopping"));
    at_once({});
}

// Throws InputError.
Job Service::job_of(const Request& request, const ContentType& content) const {
    Job job{models_.current(), {}, content.max_lengths, {}, {}};
    answers::QueryParser& parser = parser_for(job.model);
    if (content.type == kLines)
        parser.add_lines(request.body, job.queries);
    else
        parser.add_instances(request.body, job.queries);
    return job;
}

void Service::submit(Job job, const Reply& reply, Finish finish) {
    if (job.queries.size() == 0) return reply(finish({std::make_shared<const answers::Answers>(), 0, 0, {}}));
    job.done = [this, reply, finish = std::move(finish), began = Clock::now()](const Answered& answered) {
        std::function<Response()> make;
        try {
            if (answered.error) std::rethrow_exception(answered.error);
            make = finish(answered);
        } catch (const std::exception& error) {
            make = [message = std::string(error.what())] { return error_response(500, message); };
        }
        metrics_.request_seconds.add(std::chrono::duration<double>(Clock::now() - began).count());
        reply(std::move(make));
    };
    if (!batcher_.submit(std::move(job))) reply([] { return too_many(); });
}

void Service::invoke(const Request& request, const Reply& reply) {
    const ContentType content = parse_content_type(request.content_type);
    const bool lines = *wants_lines(request.accept, content.type == kLines);
    Job job = job_of(request, content);
    const std::int64_t numbers = numbers_of(job.model->predictor.options(), job.queries);
    if (numbers > options_.max_answer)
        return reply([numbers, most = options_.max_answer] {
            return error_response(413,
                                  fmt::format("the answer would have {} numbers, of which there may be {} "
                                              "(--max-answer): send fewer rows at once",
                                              numbers, most));
        });
    submit(std::move(job), reply,
           [lines, at_once = numbers > kLongText](const Answered& answered) -> std::function<Response()> {
               if (!at_once) return [lines, answered] { return answers_of(answered, lines); };
               return [response = answers_of(answered, lines)]() mutable { return std::move(response); };
           });
}

void Service::find_neighbors(const Request& request, const Reply& reply) {
    const std::int64_t k = wanted_neighbors(request.target);
    Job job = job_of(request, parse_content_type(request.content_type));
    if (!job.model->items)
        return reply([] {
            return error_response(404,
                                  "the model has no index: o2v-tune index MODEL --items ITEMS makes one, "
                                  "which this server takes up by itself");
        });
    for (std::int64_t row = 0; row < job.queries.size(); ++row)
        if (job.queries.has(row, 0) && job.queries.has(row, 1))
            throw InputError(fmt::format("instances[{}]", row), "",
                             "must have one side, in0 or in1, not both");
    if (const std::int64_t rows = job.queries.size(); rows * std::max(k, kFewNeighbors) > kMostNeighbors)
        return reply([rows, k] {
            return error_response(413, fmt::format("{} rows ask for {} neighbors each; {} rows may at once",
                                                   rows, k, kMostNeighbors / std::max(k, kFewNeighbors)));
        });
    const std::shared_ptr<const LoadedModel> model = job.model;
    submit(std::move(job), reply, [k, model](const Answered& answered) {
        return [model, nearest = search(*model->items, answered, k)] {
            return neighbors_of(*model->items, nearest);
        };
    });
}

Response Service::model() const {
    const auto loaded = models_.current();
    const model::Options& options = loaded->predictor.options();
    Response response;
    response.body = json{{"version", loaded->version},
                         {"folder", loaded->folder},
                         {"enc_dim", options.enc_dim},
                         {"outputs", options.outputs()},
                         {"indexed_items", loaded->items ? loaded->items->index.count() : 0},
                         {"labels", loaded->predictor.labels()},
                         {"vocab_size", {options.enc[0].vocab_size, options.enc[1].vocab_size}},
                         {"max_seq_len", {options.enc[0].max_seq_len, options.enc[1].max_seq_len}}}
                        .dump(2, ' ', false, json::error_handler_t::replace) +
                    '\n';
    return response;
}

Response Service::execution_parameters() const {
    Response response;
    response.body =
        json{{"MaxConcurrentTransforms", options_.max_concurrent_transforms.value_or(options_.replicas)},
             {"BatchStrategy", options_.batch_strategy},
             {"MaxPayloadInMB", std::max<std::int64_t>(1, options_.max_body >> 20)}}
            .dump() +
        '\n';
    return response;
}

void Service::answered(const std::string& target, int status) {
    const Route* route = route_of(target);
    metrics_.answered(route ? route->path : "other", status);
}

}  // namespace o2v::serve
