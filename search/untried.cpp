#include "search/untried.hpp"

#include "search/enumeration.hpp"

namespace o2v::search {

bool is_open(const Assignment& params, const Study& study) {
    return !study.tried(params) && !study.spec().space.forbids(params);
}

std::optional<Suggestion> as_suggestion(std::optional<Assignment> params, std::string why) {
    if (!params) return std::nullopt;
    return Suggestion{*std::move(params), std::move(why)};
}

std::optional<Assignment> untried_after(std::span<const double> unit, const Study& study) {
    std::vector<Parameter> finite = study.spec().space.parameters();
    for (std::size_t i = 0; i < finite.size(); ++i)
        if (!cardinality(finite[i].domain))
            finite[i].domain = CategoricalDomain{{from_unit(finite[i].domain, unit[i])}};
    const Enumeration enumeration(std::move(finite));
    return enumeration.next_untried(*enumeration.find(study.spec().space.decode(unit)), study);
}

}  // namespace o2v::search
