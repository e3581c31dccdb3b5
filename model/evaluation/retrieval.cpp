#include "model/evaluation/retrieval.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace o2v::model {
namespace {

// The mean of f(rank) over the ranks the right candidate may have.
double mean_over_orders(const Placement& placement, const std::function<double(double)>& f) {
    double sum = 0;
    for (std::int64_t i = 1; i <= placement.tied + 1; ++i)
        sum += f(static_cast<double>(placement.better + i));
    return sum / static_cast<double>(placement.tied + 1);
}

}  // namespace

Placement place(std::span<const float> scores, std::size_t truth) {
    Placement placement;
    const float own = scores[truth];
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (i == truth) continue;
        const bool worst = std::isnan(own);
        placement.better += scores[i] > own || (worst && !std::isnan(scores[i])) ? 1 : 0;
        placement.tied += scores[i] == own || (worst && std::isnan(scores[i])) ? 1 : 0;
    }
    return placement;
}

double hits(const Placement& placement, std::int64_t k) {
    const auto inside = static_cast<double>(k - placement.better);
    return std::clamp(inside / static_cast<double>(placement.tied + 1), 0.0, 1.0);
}

double reciprocal_rank(const Placement& placement) {
    return mean_over_orders(placement, [](double rank) { return 1 / rank; });
}

double rank(const Placement& placement) {
    return static_cast<double>(placement.better) + 1 + static_cast<double>(placement.tied) / 2;
}

double ndcg(const Placement& placement, std::int64_t k) {
    return mean_over_orders(placement, [last = static_cast<double>(k)](double rank) {
        return rank <= last ? 1 / std::log2(1 + rank) : 0;
    });
}

Retrieval evaluate_retrieval(std::span<const Placement> placements, std::span<const std::int64_t> ks,
                             const BootstrapOptions& options) {
    // Figure by figure, each a value per query whose mean counts.
    std::vector<std::vector<double>> figures;
    const auto add = [&](const std::function<double(const Placement&)>& figure) {
        std::vector<double> values(placements.size());
        std::transform(placements.begin(), placements.end(), values.begin(), figure);
        figures.push_back(std::move(values));
    };
    add(reciprocal_rank);
    add(rank);
    add([](const Placement& placement) { return ndcg(placement); });
    for (const std::int64_t k : ks) add([k](const Placement& placement) { return hits(placement, k); });

    const auto queries = static_cast<double>(placements.size());
    std::vector<Spread> spreads(figures.size());
    Resamples(static_cast<std::int64_t>(placements.size()), options)
        .each([&](std::span<const std::uint16_t> counts) {
            for (std::size_t f = 0; f < figures.size(); ++f) {
                double sum = 0;
                for (std::size_t i = 0; i < counts.size(); ++i) sum += counts[i] * figures[f][i];
                spreads[f].add(sum / queries);
            }
        });
    const auto estimate = [&](std::size_t f) {
        double sum = 0;
        for (const double value : figures[f]) sum += value;
        return spreads[f].percentile(sum / queries);
    };
    Retrieval result;
    result.queries = static_cast<std::int64_t>(placements.size());
    result.mean_reciprocal_rank = estimate(0);
    result.mean_rank = estimate(1);
    result.ndcg = estimate(2);
    for (std::size_t i = 0; i < ks.size(); ++i) result.hits[ks[i]] = estimate(3 + i);
    return result;
}

}  // namespace o2v::model
