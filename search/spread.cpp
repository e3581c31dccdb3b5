#include "search/spread.hpp"

#include "search/untried.hpp"

namespace o2v::search {
namespace {

// Points looked at before an open one is sought instead: by then most of the space must have been tried.
constexpr std::uint64_t kPoints = 32;

}  // namespace

Spread::Spread(std::size_t dimensions, std::uint64_t seed) : dimensions_(dimensions), seed_(seed) {
    if (dimensions <= SobolSequence::kMaxDimensions) sequence_.emplace(dimensions, seed);
}

std::vector<double> Spread::point(std::uint64_t index) const {
    if (sequence_) return sequence_->point(index);
    Rng rng(derive_seed(seed_, index));
    std::vector<double> point(dimensions_);
    for (double& x : point) x = uniform01(rng);
    return point;
}

std::optional<Assignment> Spread::next_open(const Study& study) const {
    const std::uint64_t first = study.trials().size();
    std::vector<double> unit;
    for (std::uint64_t index = first; index < first + kPoints; ++index) {
        unit = point(index);
        Assignment params = study.spec().space.decode(unit);
        if (is_open(params, study)) return params;
    }
    return untried_after(unit, study);
}

}  // namespace o2v::search
