#include "search/bench/landscape.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace o2v::bench_search {

Goal least_loss() {
    return {"validation:loss", Direction::minimize};
}

Landscape::Landscape(std::string name, std::string group, SearchSpace space, double optimum,
                     std::vector<double> random_values)
    : name_(std::move(name)),
      group_(std::move(group)),
      space_(std::move(space)),
      optimum_(optimum),
      random_values_(std::move(random_values)) {
    std::sort(random_values_.begin(), random_values_.end(),
              [](double a, double b) { return better(least_loss(), a, b); });
}

double Landscape::gap_closed(double value, std::size_t n) const {
    if (std::isnan(value)) return -std::numeric_limits<double>::infinity();
    const double from = zero(n);
    return (from - value) / (from - optimum_);
}

}  // namespace o2v::bench_search
