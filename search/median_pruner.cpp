#include "search/median_pruner.hpp"

namespace o2v::search {

MedianPruner::MedianPruner(const PrunerOptions& options)
    : rule_(options, 0.5, ", the median of the running means of ", "") {}

Verdict MedianPruner::judge(const Trial& trial, const Study& study) const {
    return rule_.judge(trial, study);
}

bool MedianPruner::decides(const Trial&, std::int64_t epoch, const StudySpec&) const {
    return rule_.beyond_warmup(epoch + 1);
}

}  // namespace o2v::search
