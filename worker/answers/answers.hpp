// A model's answers to queries, and their text as SageMaker writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/predictor.hpp"
#include "worker/answers/queries/queries.hpp"

namespace o2v::answers {

// The rules of a model's queries. Keeps pointers into `predictor`.
QueryRules rules_of(const model::Predictor& predictor);

// One row a query, in their order: scores where it has both sides, else the embedding of its side.
class Answers {
  public:
    std::int64_t size() const { return static_cast<std::int64_t>(places_.size()); }
    bool is_embedding(std::int64_t row) const { return place(row).kind != 0; }
    std::span<const float> operator[](std::int64_t row) const {
        return results_[place(row).kind][place(row).row];
    }

  private:
    friend Answers answer(const model::Predictor&, const Queries&, std::optional<model::MaxLengths>);
    struct Place {
        std::uint8_t kind;  // 0 scores, 1 embeddings of in0, 2 of in1
        std::int64_t row;
    };
    const Place& place(std::int64_t row) const { return places_[static_cast<std::size_t>(row)]; }

    std::vector<Place> places_;
    model::Matrix results_[3];
};

Answers answer(const model::Predictor& predictor, const Queries& queries,
               std::optional<model::MaxLengths> max_lengths = std::nullopt);

// Rows [begin, end) as {"predictions":[{"scores":[...]},...]}.
std::string to_document(const Answers& answers, std::int64_t begin, std::int64_t end);
// As {"scores":[...]} or {"embeddings":[...]} lines. `labels`, where given, add "label": the name (or the
// number) of the best class.
std::string to_lines(const Answers& answers, std::int64_t begin, std::int64_t end,
                     const std::vector<std::string>* labels = nullptr);

// The shortest digits that read back as the same float; null for what JSON has no number for.
void append_number(std::string& text, float value);
// [x, ...]
void append_numbers(std::string& text, std::span<const float> values);

}  // namespace o2v::answers
