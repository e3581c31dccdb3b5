#include "worker/answers/predict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "model/data/durable_file.hpp"
#include "model/data/standard_output.hpp"
#include "model/predictor.hpp"
#include "search/study/errors.hpp"
#include "worker/answers/answers.hpp"
#include "worker/answers/streamed.hpp"

namespace o2v::answers {
namespace {

using nlohmann::json;

// "class 2" or the value, for a person.
class Table {
  public:
    Table(const model::Predictor& predictor, int top) : predictor_(predictor), top_(top) {}

    std::string text(const Chunk& chunk) const {
        const Answers answers = answer(predictor_, chunk.queries);
        std::string text;
        for (std::int64_t row = 0; row < answers.size(); ++row) {
            text += question(chunk.lines[static_cast<std::size_t>(row)]);
            text += answers.is_embedding(row) ? embedding(answers[row]) : scores(answers[row]);
        }
        return text;
    }

  private:
    static std::string question(const std::string& line) {
        const json object = json::parse(line);
        std::string text;
        for (const char* side : {"in0", "in1"})
            if (const auto found = object.find(side); found != object.end())
                text += fmt::format("{}: {}\n", side,
                                    found->is_string() ? found->get<std::string>() : found->dump());
        return text;
    }
    static std::string embedding(std::span<const float> values) {
        std::string text = "  embedding:";
        for (const float x : values) text += fmt::format(" {:.4g}", x);
        return text + "\n\n";
    }
    std::string scores(std::span<const float> values) const {
        if (predictor_.options().output_layer != model::OutputLayer::softmax)
            return fmt::format("  value: {:.4f}\n\n", values.front());
        std::vector<std::size_t> order(values.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
        order.resize(std::min(order.size(), static_cast<std::size_t>(std::max(top_, 1))));
        std::string text;
        for (const std::size_t index : order)
            text += fmt::format(
                "  {:5.1f} %  {}\n", 100 * static_cast<double>(values[index]),
                index < predictor_.labels().size() ? predictor_.labels()[index] : std::to_string(index));
        return text + '\n';
    }

    const model::Predictor& predictor_;
    int top_;
};

// Words as they are, a JSON list as token ids.
json side_of(const std::string& text) {
    if (!text.starts_with('[')) return text;
    json ids = json::parse(text, nullptr, false);
    if (!ids.is_array()) throw InputError("query", text, "must be words, or a JSON list of token ids");
    return ids;
}

// The pairs given as arguments.
Chunk given(const PredictOptions& options, const QueryRules& rules) {
    if (!options.in0.empty() && !options.in1.empty() && options.in0.size() != options.in1.size())
        throw InputError("--in0, --in1", "", "must be given equally often, or only one of them");
    Chunk chunk;
    QueryParser parser(rules);
    for (std::size_t i = 0; i < std::max(options.in0.size(), options.in1.size()); ++i) {
        json query = json::object();
        if (i < options.in0.size()) query["in0"] = side_of(options.in0[i]);
        if (i < options.in1.size()) query["in1"] = side_of(options.in1[i]);
        std::string line = query.dump(-1, ' ', false, json::error_handler_t::replace);
        line.reserve(line.size() + QueryParser::kPadding);
        parser.add_object(
            line, [i] { return fmt::format("query {}", i + 1); }, chunk.queries);
        chunk.lines.push_back(std::move(line));
    }
    return chunk;
}

bool is_document(const PredictOptions& options) {
    return options.format.empty() ? options.input.ends_with(".json") : options.format == "json";
}

Answers document_answers(const PredictOptions& options, const model::Predictor& predictor) {
    std::string text = options.input == "-" ? std::string(std::istreambuf_iterator<char>(std::cin), {})
                                            : data::read_whole(options.input);
    text.reserve(text.size() + QueryParser::kPadding);
    Queries queries;
    try {
        QueryParser(rules_of(predictor)).add_instances(text, queries);
    } catch (const InputError& error) {
        std::vector<Problem> problems = error.problems();
        for (Problem& problem : problems) problem.where = options.input + ": " + problem.where;
        throw InputError(std::move(problems));
    }
    return answer(predictor, queries);
}

StreamOptions stream_options(const PredictOptions& options, bool keep_lines) {
    StreamOptions stream;
    stream.input = options.input;
    stream.threads = std::max(options.threads, 1);
    stream.keep_lines = keep_lines;
    stream.progress = options.output != "-";
    return stream;
}

}  // namespace

void predict(const PredictOptions& options) {
    const model::Predictor predictor(options.path(), options.device);
    const QueryRules rules = rules_of(predictor);
    const Table table(predictor, options.top);
    const std::vector<std::string>* labels = options.label ? &predictor.labels() : nullptr;
    const bool as_table = !options.json && options.output == "-";
    const auto text_of = [&](const Chunk& chunk) {
        if (as_table) return table.text(chunk);
        const Answers answers = answer(predictor, chunk.queries);
        return to_lines(answers, 0, answers.size(), labels);
    };
    std::optional<data::DurableFile> file;
    if (options.output != "-") file.emplace(options.output);
    const auto write = [&](const std::string& text) {
        if (file)
            file->write(text.data(), text.size());
        else
            data::print(text);
    };
    std::int64_t rows = 0;
    if (!options.in0.empty() || !options.in1.empty()) {
        const Chunk chunk = given(options, rules);
        rows = chunk.queries.size();
        write(text_of(chunk));
    } else if (is_document(options)) {
        const Answers answers = document_answers(options, predictor);
        rows = answers.size();
        write(to_document(answers, 0, rows) + '\n');
    } else {
        rows = answer_stream(stream_options(options, as_table), rules, text_of, write);
    }
    if (!file) return;
    file->commit();
    fmt::print("{}: {} {}\n", options.output, rows, rows == 1 ? "answer" : "answers");
}

}  // namespace o2v::answers
