#include "search/share.hpp"

#include <algorithm>
#include <cmath>

namespace o2v::search {

Share share_of(const Domain& domain, const ParamValue& value) {
    const auto* d = std::get_if<IntDomain>(&domain);
    if (d && d->scale == Scale::log) {
        const double low = std::log(static_cast<double>(d->min) - 0.5);
        const double width = std::log(static_cast<double>(d->max) + 0.5) - low;
        const auto at = [&](double x) { return std::clamp((std::log(x) - low) / width, 0.0, 1.0); };
        const double x = to_number(value);
        return {at(x - 0.5), at(x + 0.5)};
    }
    const double middle = to_unit(domain, value);
    const double half = 0.5 / static_cast<double>(*cardinality(domain));
    return {std::max(middle - half, 0.0), std::min(middle + half, 1.0)};
}

}  // namespace o2v::search
