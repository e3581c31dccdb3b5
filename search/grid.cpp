#include "search/grid.hpp"

#include <algorithm>
#include <cmath>

#include "search/study/errors.hpp"
#include "search/untried.hpp"

namespace o2v::search {
namespace {

double place(int k, int points) {
    return points == 1 ? 0.5 : static_cast<double>(k) / static_cast<double>(points - 1);
}

Domain on_grid(const Domain& domain, int points) {
    const auto count = cardinality(domain);
    const auto* integers = std::get_if<IntDomain>(&domain);
    if (listed_values(domain) || (count && *count <= static_cast<std::uint64_t>(points))) return domain;
    CategoricalDomain chosen;
    const auto add = [&](const ParamValue& value) {
        if (chosen.values.empty() || chosen.values.back() != value) chosen.values.push_back(value);
    };
    if (!integers) {
        for (int k = 0; k < points; ++k) add(from_unit(domain, place(k, points)));
        return chosen;
    }
    // As the floats between the ends, rounded: the ends themselves and no equal shares.
    const FloatDomain line{static_cast<double>(integers->min), static_cast<double>(integers->max),
                           integers->scale};
    for (int k = 0; k < points; ++k) {
        const double x = std::get<double>(from_unit(line, place(k, points)));
        const double steps = (x - line.min) / static_cast<double>(integers->step);
        const auto last = static_cast<std::int64_t>(*count) - 1;
        add(integers->min +
            integers->step * std::clamp(std::llround(steps), 0LL, static_cast<long long>(last)));
    }
    return chosen;
}

std::vector<Parameter> on_grid(std::vector<Parameter> parameters, int points) {
    if (points < 1) throw InputError("/search/grid_points", std::to_string(points), "must be at least 1");
    for (Parameter& parameter : parameters) parameter.domain = on_grid(parameter.domain, points);
    return parameters;
}

}  // namespace

GridSearcher::GridSearcher(int points, const SearchSpace& space)
    : grid_(on_grid(space.parameters(), points)) {}

std::optional<Suggestion> GridSearcher::suggest(const Study& study, Rng&) const {
    Enumeration::Place start = grid_.first();
    const auto& trials = study.trials();
    for (auto trial = trials.rbegin(); trial != trials.rend(); ++trial) {
        const auto last = grid_.find(trial->params);
        if (!last) continue;
        start = *last;
        grid_.advance(start);
        break;
    }
    return as_suggestion(grid_.next_untried(start, study));
}

}  // namespace o2v::search
