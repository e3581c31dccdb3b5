#include "search/enumeration.hpp"

#include <algorithm>
#include <cmath>

namespace o2v::search {
namespace {

std::uint64_t digit_of(const Domain& domain, const ParamValue& value) {
    if (const auto* values = listed_values(domain))
        return static_cast<std::uint64_t>(std::find(values->begin(), values->end(), value) - values->begin());
    if (const auto* d = std::get_if<IntDomain>(&domain))
        return static_cast<std::uint64_t>((std::get<std::int64_t>(value) - d->min) / d->step);
    const auto& d = std::get<FloatDomain>(domain);
    return d.step == 0 ? 0
                       : static_cast<std::uint64_t>(std::llround((std::get<double>(value) - d.min) / d.step));
}

}  // namespace

void Enumeration::advance(Place& place) const {
    const Assignment params = at(place);
    for (std::size_t i = parameters_.size(); i-- > 0;) {
        if (!params.contains(parameters_[i].name)) continue;
        if (++place[i] < *cardinality(parameters_[i].domain)) return;
        place[i] = 0;
    }
}

Assignment Enumeration::at(const Place& place) const {
    Assignment params;
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        if (SearchSpace::active(parameters_[i], params))
            params.emplace(parameters_[i].name, nth_value(parameters_[i].domain, place[i]));
    return params;
}

std::optional<Enumeration::Place> Enumeration::find(const Assignment& params) const {
    Place place = first();
    std::size_t present = 0;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const auto found = params.find(parameters_[i].name);
        if ((found != params.end()) != SearchSpace::active(parameters_[i], params)) return std::nullopt;
        if (found == params.end()) continue;
        if (!contains(parameters_[i].domain, found->second)) return std::nullopt;
        place[i] = digit_of(parameters_[i].domain, found->second);
        ++present;
    }
    return present == params.size() ? std::optional(place) : std::nullopt;
}

std::optional<Assignment> Enumeration::next_untried(const Place& start, const Study& study,
                                                    std::size_t most) const {
    Place place = start;
    do {
        Assignment params = at(place);
        if (!study.tried(params) && !study.spec().space.forbids(params)) return params;
        advance(place);
    } while (place != start && --most > 0);
    return std::nullopt;
}

}  // namespace o2v::search
