#include "worker/object2vec_predict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>
#include <vector>

#include "model/predictor.hpp"
#include "search/study/errors.hpp"
#include "worker/object2vec_query.hpp"

namespace o2v::worker {
namespace {

using nlohmann::json;

constexpr std::size_t kAtOnce = 4096;  // lines answered together
constexpr std::size_t kMostProblems = 20;

class Answers {
  public:
    Answers(const PredictOptions& options, const model::Predictor& predictor)
        : options_(options), predictor_(predictor) {}

    void print(const std::vector<Query>& queries) const {
        const auto results = results_of(queries);
        for (std::size_t i = 0; i < queries.size(); ++i) {
            *options_.output << (options_.json ? json_line(queries[i], results[i])
                                               : table(queries[i], results[i]));
        }
        options_.output->flush();
    }

  private:
    // Scores or embeddings, in the queries' order; the three kinds of query are answered as a batch each.
    std::vector<std::vector<float>> results_of(const std::vector<Query>& queries) const {
        std::vector<std::vector<float>> results(queries.size());
        const auto answer = [&](bool has0, bool has1, auto&& ask) {
            data::Sequences in[2];
            std::vector<std::size_t> places;
            for (std::size_t i = 0; i < queries.size(); ++i) {
                const Query& query = queries[i];
                if (query.side[0].has_value() != has0 || query.side[1].has_value() != has1) continue;
                places.push_back(i);
                if (has0) in[0].append(*query.side[0]);
                if (has1) in[1].append(*query.side[1]);
            }
            if (places.empty()) return;
            auto rows = ask(in);
            for (std::size_t k = 0; k < places.size(); ++k) results[places[k]] = std::move(rows[k]);
        };
        answer(true, true, [&](const data::Sequences* in) { return predictor_.scores(in[0], in[1]); });
        answer(true, false, [&](const data::Sequences* in) { return predictor_.embed(0, in[0]); });
        answer(false, true, [&](const data::Sequences* in) { return predictor_.embed(1, in[1]); });
        return results;
    }

    bool classes() const { return predictor_.options().output_layer == model::OutputLayer::softmax; }

    std::string label(std::size_t index) const {
        return index < predictor_.labels().size() ? predictor_.labels()[index] : std::to_string(index);
    }

    std::string json_line(const Query& query, const std::vector<float>& result) const {
        json line;
        if (!query.side[0] || !query.side[1]) {
            line["embeddings"] = result;
        } else {
            line["scores"] = result;
            const auto best = std::max_element(result.begin(), result.end()) - result.begin();
            if (classes()) line["label"] = label(static_cast<std::size_t>(best));
        }
        return line.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
    }

    std::string table(const Query& query, const std::vector<float>& result) const {
        std::string text;
        for (int side = 0; side < 2; ++side) {
            if (query.side[side]) text += fmt::format("in{}: {}\n", side, query.text[side]);
        }
        if (!query.side[0] || !query.side[1]) {
            text += "  embedding:";
            for (const float x : result) text += fmt::format(" {:.4g}", x);
            return text + "\n\n";
        }
        if (!classes()) return text + fmt::format("  value: {:.4f}\n\n", result.front());
        std::vector<std::size_t> order(result.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return result[a] > result[b]; });
        order.resize(std::min(order.size(), static_cast<std::size_t>(std::max(options_.top, 1))));
        for (const std::size_t index : order) {
            text += fmt::format("  {:5.1f} %  {}\n", 100 * static_cast<double>(result[index]), label(index));
        }
        return text + '\n';
    }

    const PredictOptions& options_;
    const model::Predictor& predictor_;
};

bool blank(const std::string& line) {
    return line.find_first_not_of(" \t\r") == std::string::npos;
}

}  // namespace

int predict_main(const PredictOptions& options) {
    const model::Predictor predictor(options.model, options.device);
    const Answers answers(options, predictor);
    std::ifstream file;
    if (options.input != "-") {
        file.open(options.input);
        if (!file) throw StorageError(options.input + ": cannot open: " + std::strerror(errno));
    }
    std::istream& input = options.input == "-" ? std::cin : file;
    const bool together = options.input != "-";  // a person at a keyboard is answered line by line

    std::vector<Query> queries;
    std::vector<Problem> problems;
    std::int64_t number = 0;
    for (std::string line; problems.size() < kMostProblems && std::getline(input, line);) {
        ++number;
        if (blank(line)) continue;
        try {
            Query query = parse_query(line, fmt::format("{}:{}", options.input, number), predictor);
            if (problems.empty()) queries.push_back(std::move(query));
        } catch (const InputError& error) {
            problems.insert(problems.end(), error.problems().begin(), error.problems().end());
        }
        if (queries.size() >= kAtOnce || (!together && input.rdbuf()->in_avail() <= 0)) {
            answers.print(queries);
            queries.clear();
        }
    }
    answers.print(queries);
    if (!problems.empty()) throw InputError(std::move(problems));
    return 0;
}

}  // namespace o2v::worker
