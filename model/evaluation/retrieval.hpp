// How high a model ranks what belongs to a query.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "model/evaluation/bootstrap.hpp"

namespace o2v::model {

// Where the right candidate of one query stands. Candidates with its very score could stand before or behind
// it: every figure is the mean over their orders, so that a model that tells nothing apart is at chance.
struct Placement {
    std::int64_t better = 0, tied = 0;  // other candidates with a higher, with the same score
};

// Higher scores are better; one that is NaN is worse than any. REQUIRES: truth < scores.size().
Placement place(std::span<const float> scores, std::size_t truth);

// Of one query.
double hits(const Placement& placement, std::int64_t k);  // the chance to be among the first k
double reciprocal_rank(const Placement& placement);
double rank(const Placement& placement);  // from 1
// With one right candidate the ideal gain is 1: 1 / log2(1 + rank) (Jarvelin & Kekalainen 2002), or 0 where
// it is not among the first k.
double ndcg(const Placement& placement, std::int64_t k = INT64_MAX);

struct Retrieval {
    std::int64_t queries = 0;
    std::map<std::int64_t, Estimate>
        hits;  // k -> share of queries whose right candidate is among the first k
    Estimate mean_reciprocal_rank, mean_rank, ndcg;
};

// REQUIRES: not empty.
Retrieval evaluate_retrieval(std::span<const Placement> placements, std::span<const std::int64_t> ks,
                             const BootstrapOptions& options = {});

}  // namespace o2v::model
