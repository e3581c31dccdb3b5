#include "search/median_pruner.hpp"

#include "search/curve.hpp"

namespace o2v::search {

MedianPruner::MedianPruner(const PrunerOptions& options) : rule_(options) {}

Verdict MedianPruner::judge(const Trial& trial, const Study& study) const {
    const auto short_of = rule_.shortfall(trial, study, 0.5);
    if (!short_of) return {};
    return {Verdict::Kind::stop, "best " + study.spec().goal.metric + " " + short_text(short_of->best) +
                                     " after " + plural(trial.curve.size(), "epoch") + " is worse than " +
                                     short_text(short_of->bar) + ", the median of the running means of " +
                                     plural(short_of->trials, "trial")};
}

bool MedianPruner::decides(const Trial&, std::int64_t epoch, const StudySpec&) const {
    return rule_.beyond_warmup(epoch + 1);
}

}  // namespace o2v::search
