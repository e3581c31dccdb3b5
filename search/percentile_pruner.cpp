#include "search/percentile_pruner.hpp"

#include "search/curve.hpp"
#include "search/study/errors.hpp"

namespace o2v::search {
namespace {

double checked(double percentile) {
    if (!(percentile >= 0 && percentile <= 100))
        throw InputError("/pruner/percentile", short_text(percentile), "must be within 0 and 100");
    return percentile;
}

}  // namespace

PercentilePruner::PercentilePruner(const PrunerOptions& options)
    : RunningMeansRule(options, checked(options.percentile) / 100,
                       ", which the running means of the best " + short_text(options.percentile) + "% of ",
                       " are as good as") {}

}  // namespace o2v::search
