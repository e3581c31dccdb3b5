#include "search/median_pruner.hpp"

namespace o2v::search {

MedianPruner::MedianPruner(const PrunerOptions& options)
    : RunningMeansRule(options, 0.5, ", the median of the running means of ", "") {}

}  // namespace o2v::search
