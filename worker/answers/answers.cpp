#include "worker/answers/answers.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace o2v::answers {
namespace {

void append_row(std::string& text, const Answers& answers, std::int64_t row) {
    text += answers.is_embedding(row) ? R"({"embeddings":)" : R"({"scores":)";
    append_numbers(text, answers[row]);
}

void append_label(std::string& text, std::span<const float> scores, const std::vector<std::string>& labels) {
    const auto best =
        static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
    text += R"(,"label":)";
    text += nlohmann::json(best < labels.size() ? labels[best] : std::to_string(best))
                .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

QueryRules rules_of(const model::Predictor& predictor) {
    QueryRules rules;
    for (int side = 0; side < 2; ++side) {
        const auto s = static_cast<std::size_t>(side);
        rules.vocab_size[s] = predictor.options().enc[side].vocab_size;
        rules.vocabulary[s] = &predictor.vocabulary(side);
    }
    return rules;
}

Answers answer(const model::Predictor& predictor, const Queries& queries,
               std::optional<model::MaxLengths> max_lengths) {
    Answers answers;
    answers.places_.reserve(static_cast<std::size_t>(queries.size()));
    if (queries.all_have(0) && queries.all_have(1)) {
        for (std::int64_t row = 0; row < queries.size(); ++row) answers.places_.push_back({0, row});
        answers.results_[0] = predictor.scores(queries.side(0), queries.side(1), max_lengths);
        return answers;
    }
    data::Sequences pairs[2], single[2];
    std::int64_t next[2] = {0, 0};  // by side: the row of queries.side() that comes next
    for (std::int64_t row = 0; row < queries.size(); ++row) {
        const bool has[2] = {queries.has(row, 0), queries.has(row, 1)};
        const bool both = has[0] && has[1];
        const std::uint8_t kind = both ? 0 : has[0] ? 1 : 2;
        const data::Sequences& others = both ? pairs[0] : single[kind - 1];
        answers.places_.push_back({kind, others.size()});
        for (int side = 0; side < 2; ++side)
            if (has[side]) (both ? pairs : single)[side].append(queries.side(side)[next[side]++]);
    }
    if (pairs[0].size() > 0) answers.results_[0] = predictor.scores(pairs[0], pairs[1], max_lengths);
    for (int side = 0; side < 2; ++side)
        if (single[side].size() > 0)
            answers.results_[1 + side] = predictor.embed(side, single[side], max_lengths);
    return answers;
}

std::string to_document(const Answers& answers, std::int64_t begin, std::int64_t end) {
    std::string text = R"({"predictions":[)";
    for (std::int64_t row = begin; row < end; ++row) {
        if (row > begin) text += ',';
        append_row(text, answers, row);
        text += '}';
    }
    return text += "]}";
}

std::string to_lines(const Answers& answers, std::int64_t begin, std::int64_t end,
                     const std::vector<std::string>* labels) {
    std::string text;
    for (std::int64_t row = begin; row < end; ++row) {
        append_row(text, answers, row);
        if (labels && !answers.is_embedding(row)) append_label(text, answers[row], *labels);
        text += "}\n";
    }
    return text;
}

void append_number(std::string& text, float value) {
    if (!std::isfinite(value)) {
        text += "null";
        return;
    }
    char digits[32];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_numbers(std::string& text, std::span<const float> values) {
    char separator = '[';
    for (const float value : values) {
        text += separator;
        append_number(text, value);
        separator = ',';
    }
    text += values.empty() ? "[]" : "]";
}

}  // namespace o2v::answers
