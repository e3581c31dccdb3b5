#include "search/fanova.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "search/observations.hpp"
#include "search/regression_tree.hpp"

namespace o2v::search {
namespace {

std::vector<Observation> usable(const Study& study) {
    std::vector<Observation> seen = observations(study);
    std::erase_if(seen, [](const Observation& one) {
        return one.kind != Observation::Kind::completed || !std::isfinite(one.loss);
    });
    return seen;
}

// The losses, spread over [0, 1]; all 0 when they are one.
std::vector<double> targets_of(const std::vector<Observation>& seen) {
    std::vector<double> targets;
    for (const Observation& one : seen) targets.push_back(one.loss / 2);  // halves: no overflow
    const auto [low, high] = std::minmax_element(targets.begin(), targets.end());
    const double base = *low, range = *high - *low;
    for (double& target : targets) target = range > 0 ? (target - base) / range : 0;
    return targets;
}

Axis axis_of(const Parameter& parameter) {
    const auto* categorical = std::get_if<CategoricalDomain>(&parameter.domain);
    return {categorical ? categorical->values.size() : 0};
}

double place_on(const Axis& axis, const Domain& domain, const ParamValue& value) {
    const double unit = to_unit(domain, value);
    return axis.categories > 0 ? std::floor(unit * static_cast<double>(axis.categories)) : unit;
}

// The parameter's column; `inactive` lists the points without it.
std::vector<double> column_of(const Parameter& parameter, const std::vector<Observation>& seen,
                              std::vector<std::size_t>& inactive) {
    std::vector<double> column(seen.size(), 0);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const auto found = seen[i].trial->params.find(parameter.name);
        if (found == seen[i].trial->params.end())
            inactive.push_back(i);
        else
            column[i] = place_on(axis_of(parameter), parameter.domain, found->second);
    }
    return column;
}

double variance(const std::vector<Leaf>& leaves, double mean) {
    double sum = 0;
    for (const Leaf& leaf : leaves) sum += leaf.volume() * (leaf.value - mean) * (leaf.value - mean);
    return sum;
}

// What a leaf adds to the mean over all axes but one, where its side of that one lies.
double height_on(const Leaf& leaf, std::size_t axis) {
    double height = leaf.value;
    for (std::size_t i = 0; i < leaf.sides.size(); ++i)
        if (i != axis) height *= leaf.sides[i].width();
    return height;
}

// Of the mean over all axes but one.
double marginal_variance(const std::vector<Leaf>& leaves, std::size_t axis, double mean) {
    const std::size_t categories = leaves.front().sides[axis].holds.size();
    double sum = 0;
    if (categories > 0) {
        std::vector<double> marginal(categories, 0);
        for (const Leaf& leaf : leaves) {
            const double height = height_on(leaf, axis);
            for (std::size_t c = 0; c < categories; ++c)
                if (leaf.sides[axis].holds[c]) marginal[c] += height;
        }
        for (const double height : marginal)
            sum += (height - mean) * (height - mean) / static_cast<double>(categories);
        return sum;
    }
    std::vector<std::pair<double, double>> steps;  // where the mean rises, by how much
    for (const Leaf& leaf : leaves) {
        const Side& side = leaf.sides[axis];
        const double height = height_on(leaf, axis);
        steps.emplace_back(side.low, height);
        steps.emplace_back(side.high, -height);
    }
    std::stable_sort(steps.begin(), steps.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    double marginal = 0;
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
        marginal += steps[i].second;
        sum += (steps[i + 1].first - steps[i].first) * (marginal - mean) * (marginal - mean);
    }
    return sum;
}

}  // namespace

Importances fanova(const Study& study, const FanovaOptions& options) {
    const SearchSpace& space = study.spec().space;
    const std::vector<Observation> seen = usable(study);
    if (seen.size() < 2)
        return {{},
                std::string("two completed trials with a finite value are needed; there is ") +
                    (seen.empty() ? "none" : "one")};
    TreeData data;
    data.targets = targets_of(seen);
    std::vector<std::vector<std::size_t>> inactive(space.size());
    for (std::size_t i = 0; i < space.size(); ++i) {
        data.axes.push_back(axis_of(space.parameters()[i]));
        data.columns.push_back(column_of(space.parameters()[i], seen, inactive[i]));
    }
    std::vector<double> alone(space.size(), 0);
    double total = 0;
    for (int tree = 0; tree < options.trees; ++tree) {
        Rng rng(derive_seed(options.seed, static_cast<std::uint64_t>(tree)));
        for (std::size_t i = 0; i < space.size(); ++i)
            for (const std::size_t point : inactive[i])
                data.columns[i][point] = place_on(data.axes[i], space.parameters()[i].domain,
                                                  from_unit(space.parameters()[i].domain, uniform01(rng)));
        const std::vector<Leaf> leaves = grow_tree(data, rng);
        if (leaves.size() < 2) continue;
        double mean = 0;
        for (const Leaf& leaf : leaves) mean += leaf.volume() * leaf.value;
        total += variance(leaves, mean);
        for (std::size_t i = 0; i < space.size(); ++i)
            if (cardinality(space.parameters()[i].domain) != 1)
                alone[i] += marginal_variance(leaves, i, mean);
    }
    Importances result{shares_of(space, alone), ""};
    const double explained = std::accumulate(alone.begin(), alone.end(), 0.0);
    if (!(total > 0))
        result.remark = "no trial differs from the others";
    else
        result.remark = std::to_string(std::lround(100 * std::max(0.0, 1 - explained / total))) +
                        " % of the variation lies in the interplay of several parameters";
    return result;
}

}  // namespace o2v::search
