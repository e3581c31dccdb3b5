// The options of the commands that look among many items, and of evaluate.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "worker/answers/options/options.hpp"

namespace o2v::answers {

struct IndexCommandOptions : ModelOptions {
    std::string items, out;  // items "" = the vocabulary; out "" = index-<side> in the model's folder
    int side = 1;
    std::string metric = "cosine";
};

struct NeighborsOptions : ModelOptions {
    std::vector<std::string> query;  // words, or a JSON list of ids
    std::string index;               // "" = index-<side> in the model's folder
    int side = 1;                    // of the items
    int query_side = -1;             // -1 = `side`
    std::int64_t k = 10;
    bool exact = false, json = false;
};

struct RecommendOptions : ModelOptions {
    std::vector<std::string> in0;
    std::string index, items, exclude;
    std::int64_t k = 10;
    bool exact = false;
    std::int64_t rerank = 0;  // 0 = exact: every item is scored
    std::int64_t relevant = -1;
    bool json = false;
};

struct ClusterCommandOptions : ModelOptions {
    std::string items, k = "auto", output, html;  // items "" = the vocabulary
    int side = 1;
    std::string metric = "cosine";
    std::int64_t typical = 5;
    std::uint64_t seed = 1;
    bool json = false;
};

struct EvaluateOptions : ModelOptions {
    std::string data;
    std::int64_t retrieval = 0;  // candidates; 0 = none is measured
    std::int64_t queries = 2000;
    std::vector<std::int64_t> hits{1, 5, 10};
    std::int64_t relevant = -1;  // class; -1 = 1 of two classes
    double relevant_from = 0;    // value, of a regression
    bool has_relevant_from = false;
    int resamples = 1000;
    std::uint64_t seed = 1;
    bool json = false;
};

void add_index(CLI::App& app, const std::function<void(const IndexCommandOptions&)>& carry_out);
void add_neighbors(CLI::App& app, const std::function<void(const NeighborsOptions&)>& carry_out);
void add_recommend(CLI::App& app, const std::function<void(const RecommendOptions&)>& carry_out);
void add_cluster(CLI::App& app, const std::function<void(const ClusterCommandOptions&)>& carry_out);
void add_evaluate(CLI::App& app, const std::function<void(const EvaluateOptions&)>& carry_out);

}  // namespace o2v::answers
