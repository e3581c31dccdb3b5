#include "search/gp_inputs.hpp"

#include <algorithm>
#include <cmath>

namespace o2v::search {

GpInputs::GpInputs(const SearchSpace& space, bool resource, int studies)
    : space_(&space), resource_(resource), studies_(studies) {
    const auto add_group = [&](std::size_t columns, bool warped, bool alike) {
        layout_.group.insert(layout_.group.end(), columns, layout_.groups++);
        layout_.warped.insert(layout_.warped.end(), columns, warped);
        layout_.alike.push_back(alike);
    };
    for (std::size_t i = 0; i < space.size(); ++i) {
        const Domain& domain = space.parameters()[i].domain;
        const auto count = cardinality(domain);
        if (count && *count < 2) continue;
        const auto* categories = std::get_if<CategoricalDomain>(&domain);
        const std::size_t columns = categories ? categories->values.size() : 1;
        features_.push_back({i, layout_.columns(), categories ? columns : 0});
        const bool number = !categories && (!count || *count > 2);
        add_group(columns, number, number);
    }
    if (resource_) add_group(1, true, false);
    if (studies_ > 1) add_group(static_cast<std::size_t>(studies_), false, false);
}

Eigen::VectorXd GpInputs::operator()(const Assignment& params, double resource, int study) const {
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
    const Eigen::Index own_columns = point.size() - (studies_ > 1 ? studies_ : 0);
    if (resource_) point[own_columns - 1] = resource;
    if (studies_ > 1) point[own_columns + study] = std::sqrt(0.5);
    return point;
}

}  // namespace o2v::search
