#include "search/untried.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>

#include "search/enumeration.hpp"

namespace o2v::search {
namespace {

// A larger space is not walked through before as many draws from all of it.
constexpr std::size_t kWalked = 10'000;
constexpr int kDraws = 10'000;
constexpr std::uint64_t kStream = 1;  // no draw of the trial's own

// Of what other parameters make inactive, too.
double assignments(const SearchSpace& space) {
    double product = 1;
    for (const Parameter& parameter : space.parameters()) {
        const auto values = cardinality(parameter.domain);
        product *= values ? static_cast<double>(*values) : std::numeric_limits<double>::infinity();
    }
    return product;
}

}  // namespace

bool is_open(const Assignment& params, const Study& study) {
    return !study.tried(params) && !study.spec().space.forbids(params);
}

std::optional<Suggestion> as_suggestion(std::optional<Assignment> params, std::string why) {
    if (!params) return std::nullopt;
    return Suggestion{*std::move(params), std::move(why)};
}

std::optional<Assignment> draw_open(const Study& study, Rng& rng, int draws, std::vector<double>& unit) {
    const SearchSpace& space = study.spec().space;
    unit.resize(space.size());
    for (int draw = 0; draw < draws; ++draw) {
        for (double& u : unit) u = uniform01(rng);
        Assignment params = space.decode(unit);
        if (is_open(params, study)) return params;
    }
    return std::nullopt;
}

std::optional<Assignment> untried_after(std::span<const double> unit, const Study& study) {
    const SearchSpace& space = study.spec().space;
    std::vector<Parameter> finite = space.parameters();
    for (std::size_t i = 0; i < finite.size(); ++i)
        if (!cardinality(finite[i].domain))
            finite[i].domain = CategoricalDomain{{from_unit(finite[i].domain, unit[i])}};
    const Enumeration enumeration(std::move(finite));
    const Enumeration::Place start = *enumeration.find(space.decode(unit));
    if (assignments(space) > kWalked) {
        if (auto near = enumeration.next_untried(start, study, kWalked)) return near;
        Rng rng(derive_seed(derive_seed(study.spec().search.seed, study.trials().size()), kStream));
        std::vector<double> drawn;
        if (auto params = draw_open(study, rng, kDraws, drawn)) return params;
    }
    return enumeration.next_untried(start, study);
}

}  // namespace o2v::search
