#include "search/importance.hpp"

#include <algorithm>
#include <numeric>

namespace o2v::search {

std::vector<Importance> shares_of(const SearchSpace& space, const std::vector<double>& weights) {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    std::vector<Importance> shares;
    for (std::size_t i = 0; i < weights.size(); ++i)
        shares.push_back({space.parameters()[i].name, sum > 0 ? weights[i] / sum : 0});
    std::stable_sort(shares.begin(), shares.end(),
                     [](const Importance& a, const Importance& b) { return a.share > b.share; });
    return shares;
}

}  // namespace o2v::search
