#include "search/percentile_pruner.hpp"

#include "search/curve.hpp"
#include "search/study/errors.hpp"

namespace o2v::search {

PercentilePruner::PercentilePruner(const PrunerOptions& options)
    : percentile_(options.percentile), rule_(options) {
    if (!(percentile_ >= 0 && percentile_ <= 100))
        throw InputError("/pruner/percentile", short_text(percentile_), "must be within 0 and 100");
}

Verdict PercentilePruner::judge(const Trial& trial, const Study& study) const {
    const auto short_of = rule_.shortfall(trial, study, percentile_ / 100);
    if (!short_of) return {};
    return {Verdict::Kind::stop, "best " + study.spec().goal.metric + " " + short_text(short_of->best) +
                                     " after " + plural(trial.curve.size(), "epoch") + " is worse than " +
                                     short_text(short_of->bar) + ", which the running means of the best " +
                                     short_text(percentile_) + "% of " + plural(short_of->trials, "trial") +
                                     " are as good as"};
}

bool PercentilePruner::decides(const Trial&, std::int64_t epoch, const StudySpec&) const {
    return rule_.beyond_warmup(epoch + 1);
}

}  // namespace o2v::search
