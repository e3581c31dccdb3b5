// What evaluate found, for people and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/evaluation/classification.hpp"
#include "model/evaluation/regression.hpp"
#include "model/evaluation/retrieval.hpp"

namespace o2v::answers {

struct RankingReport {
    model::Retrieval figures;
    std::int64_t fewest = 0, most = 0;  // candidates of a query, the right one among them
    std::int64_t pairs = 0;             // right pairs in the file, of which `figures.queries` were asked
    std::string right;                  // which pairs are right: "label 1"
};

struct EvaluationReport {
    std::string model, data;
    int resamples = 0;
    std::vector<std::string> labels;  // names of classes, may be empty
    std::optional<model::Classification> classification;
    std::optional<model::Regression> regression;
    std::optional<RankingReport> ranking;
};

std::string to_text(const EvaluationReport& report);
std::string to_json(const EvaluationReport& report);  // one line

}  // namespace o2v::answers
