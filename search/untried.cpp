#include "search/untried.hpp"

#include "search/enumeration.hpp"

namespace o2v::search {

std::optional<Assignment> untried_after(std::span<const double> unit, const Study& study) {
    std::vector<Parameter> finite = study.spec().space.parameters();
    for (std::size_t i = 0; i < finite.size(); ++i)
        if (!cardinality(finite[i].domain))
            finite[i].domain = CategoricalDomain{{from_unit(finite[i].domain, unit[i])}};
    const Enumeration enumeration(std::move(finite));
    return enumeration.next_untried(*enumeration.find(study.spec().space.decode(unit)), study);
}

}  // namespace o2v::search
