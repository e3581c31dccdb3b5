#include "search/gp_inputs.hpp"

#include <algorithm>
#include <cmath>

namespace o2v::search {

GpInputs::GpInputs(const SearchSpace& space) : space_(&space) {
    for (std::size_t i = 0; i < space.size(); ++i) {
        const Domain& domain = space.parameters()[i].domain;
        const auto count = cardinality(domain);
        if (count && *count < 2) continue;
        const auto* categories = std::get_if<CategoricalDomain>(&domain);
        const std::size_t columns = categories ? categories->values.size() : 1;
        features_.push_back({i, layout_.columns(), categories ? columns : 0});
        for (std::size_t c = 0; c < columns; ++c) {
            layout_.group.push_back(layout_.groups);
            layout_.warped.push_back(!categories && (!count || *count > 2));
        }
        ++layout_.groups;
    }
}

Eigen::VectorXd GpInputs::operator()(const Assignment& params) const {
    Eigen::VectorXd point = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(layout_.columns()));
    for (const Feature& feature : features_) {
        const Parameter& parameter = space_->parameters()[feature.parameter];
        const auto found = params.find(parameter.name);
        const auto column = static_cast<Eigen::Index>(feature.first);
        if (feature.values == 0) {
            const auto count = cardinality(parameter.domain);
            double u = found == params.end() ? 0.5 : to_unit(parameter.domain, found->second);
            // The middles of n shares stretched to both ends.
            if (count) {
                const auto n = static_cast<double>(*count);
                u = std::clamp((u - 0.5) * n / (n - 1) + 0.5, 0.0, 1.0);
            }
            point[column] = u;
        } else if (found != params.end()) {
            const auto& values = *listed_values(parameter.domain);
            point[column + (std::find(values.begin(), values.end(), found->second) - values.begin())] =
                std::sqrt(0.5);
        }
    }
    return point;
}

}  // namespace o2v::search
