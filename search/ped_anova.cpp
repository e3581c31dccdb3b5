#include "search/ped_anova.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "search/merit.hpp"
#include "search/normal.hpp"
#include "search/observations.hpp"

namespace o2v::search {
namespace {

constexpr std::size_t kMostCells = 50;
constexpr std::size_t kLeastTop = 2;
constexpr double kPriorWeight = 1;
constexpr double kNarrowest = 0.5 / 1.64;  // in cells: nine tenths of the kernel lie in its own cell

struct Standing {
    Merit merit;
    const Trial* trial = nullptr;
};

// Cells that the scale of a domain is divided into.
std::size_t cells_of(const Domain& domain) {
    if (const auto* integers = std::get_if<IntDomain>(&domain); integers && integers->scale == Scale::log) {
        // Equal cells in log are finer than the integers at the lower end: one to each doubling.
        const double count = static_cast<double>(integers->max - integers->min + 1);
        return std::min(kMostCells, static_cast<std::size_t>(std::ceil(std::log2(count))) + 1);
    }
    const auto count = cardinality(domain);
    if (std::holds_alternative<CategoricalDomain>(domain)) return *count;
    return count && *count < kMostCells ? *count : kMostCells;
}

std::vector<double> histogram(const std::vector<std::size_t>& places, std::size_t cells) {
    std::vector<double> counts(cells, 0);
    for (const std::size_t place : places) ++counts[place];
    return counts;
}

// Scott's rule (1992), in cells: 1.059 min(interquartile range / 1.34, deviation) n^(-1/5).
double bandwidth(const std::vector<double>& counts, double n) {
    double mean = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) mean += counts[i] * static_cast<double>(i) / n;
    double squares = 0;
    for (std::size_t i = 0; i < counts.size(); ++i)
        squares += counts[i] * (static_cast<double>(i) - mean) * (static_cast<double>(i) - mean);
    const double deviation = std::sqrt(squares / std::max(1.0, n - 1));
    const auto quantile = [&](double below) {
        double seen = 0;
        std::size_t i = 0;
        while (i + 1 < counts.size() && (seen += counts[i]) <= below) ++i;
        return static_cast<double>(i);
    };
    const double range = quantile(std::floor(n * 3 / 4)) - quantile(std::floor(n / 4));
    return std::max(kNarrowest, 1.059 * std::min(range / 1.34, deviation) * std::pow(n, -0.2));
}

// Adds a normal kernel, cut off at the ends and summed over each cell.
void add_kernel(std::vector<double>& density, double centre, double width, double weight) {
    const auto below = [&](std::size_t edge) {
        return normal_probability((static_cast<double>(edge) - 0.5 - centre) / width);
    };
    const double inside = below(density.size()) - below(0);
    double left = below(0);
    for (std::size_t i = 0; i < density.size(); ++i) {
        const double right = below(i + 1);
        density[i] += weight * (right - left) / inside;
        left = right;
    }
}

// REQUIRES: not empty.
std::vector<double> density_of(const std::vector<std::size_t>& places, std::size_t cells, bool ordered) {
    const auto n = static_cast<double>(places.size());
    const auto width = static_cast<double>(cells);
    const std::vector<double> counts = histogram(places, cells);
    std::vector<double> density(cells, 0);
    if (!ordered) {
        for (std::size_t i = 0; i < cells; ++i)
            density[i] = (counts[i] + kPriorWeight / width) / (n + kPriorWeight);
        return density;
    }
    const double scott = bandwidth(counts, n);
    for (std::size_t i = 0; i < cells; ++i)
        if (counts[i] > 0) add_kernel(density, static_cast<double>(i), scott, counts[i] / (n + kPriorWeight));
    add_kernel(density, (width - 1) / 2, width, kPriorWeight / (n + kPriorWeight));
    return density;
}

double pearson_divergence(const std::vector<double>& top, const std::vector<double>& all) {
    double sum = 0;
    for (std::size_t i = 0; i < all.size(); ++i) sum += all[i] * std::pow(top[i] / all[i] - 1, 2);
    return sum;
}

double importance(const Parameter& parameter, const std::vector<Standing>& standings, std::size_t best) {
    const std::size_t cells = cells_of(parameter.domain);
    if (cells < 2) return 0;
    std::vector<std::size_t> all, top;
    for (std::size_t i = 0; i < standings.size(); ++i) {
        const Assignment& params = standings[i].trial->params;
        const auto found = params.find(parameter.name);
        if (found == params.end()) continue;
        const double unit = to_unit(parameter.domain, found->second);
        const auto place = static_cast<std::size_t>(unit * static_cast<double>(cells));
        all.push_back(std::min(place, cells - 1));
        if (i < best) top.push_back(all.back());
    }
    if (top.empty()) return 0;
    const bool ordered = !std::holds_alternative<CategoricalDomain>(parameter.domain);
    const double alpha = static_cast<double>(top.size()) / static_cast<double>(best);
    const double beta = static_cast<double>(all.size()) / static_cast<double>(standings.size());
    return alpha * alpha / beta *
           pearson_divergence(density_of(top, cells, ordered), density_of(all, cells, ordered));
}

}  // namespace

Importances ped_anova(const Study& study, double top) {
    const SearchSpace& space = study.spec().space;
    std::vector<Standing> standings;
    std::size_t completed = 0, with_number = 0;
    for (const Observation& seen : observations(study)) {
        if (seen.kind == Observation::Kind::pending) continue;
        if (seen.kind == Observation::Kind::completed) ++completed;
        if (seen.kind != Observation::Kind::failed) ++with_number;
        standings.push_back({merit_of(seen), seen.trial});
    }
    if (completed < kLeastTop)
        return {{},
                "two completed trials with a number are needed; there is " +
                    std::string(completed == 0 ? "none" : "one")};
    std::stable_sort(standings.begin(), standings.end(),
                     [](const Standing& a, const Standing& b) { return a.merit < b.merit; });
    const auto wanted = static_cast<std::size_t>(std::ceil(top * static_cast<double>(standings.size())));
    std::size_t best = std::clamp(wanted, kLeastTop, with_number);
    while (best < standings.size() && standings[best].merit == standings[best - 1].merit) ++best;

    std::vector<double> weights;
    for (const Parameter& parameter : space.parameters())
        weights.push_back(importance(parameter, standings, best));
    Importances result{shares_of(space, weights), ""};
    if (best == standings.size()) result.remark = "no trial is better than the others";
    return result;
}

}  // namespace o2v::search
