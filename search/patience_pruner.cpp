#include "search/patience_pruner.hpp"

#include <cmath>

#include "search/curve.hpp"
#include "search/study/errors.hpp"

namespace o2v::search {

PatiencePruner::PatiencePruner(const PrunerOptions& options)
    : patience_(at_least(1, "/pruner/patience", options.patience)),
      warmup_epochs_(at_least(0, "/pruner/warmup_epochs", options.warmup_epochs)),
      min_delta_(options.min_delta) {
    if (!(min_delta_ >= 0 && std::isfinite(min_delta_)))
        throw InputError("/pruner/min_delta", short_text(min_delta_), "must be a number of at least 0");
}

Verdict PatiencePruner::judge(const Trial& trial, const Study& study) const {
    const Goal& goal = study.spec().goal;
    if (std::ssize(trial.curve) <= warmup_epochs_)
        return {Verdict::Kind::go_on, "within the warm-up of " + plural(warmup_epochs_, "epoch")};
    const double step = goal.direction == Direction::minimize ? -min_delta_ : min_delta_;
    double best = std::nan("");
    std::int64_t best_epoch = -1, without = 0;
    for (const Measurement& measurement : trial.curve) {
        const double* value = reported(measurement, goal);
        if (!value) continue;
        ++without;
        if (better(goal, *value, best + step)) {
            best = *value;
            best_epoch = measurement.epoch;
            without = 0;
        }
    }
    const bool stops = without >= patience_;
    std::string reason = goal.metric;
    if (best_epoch < 0) {
        reason +=
            without > 0 ? " has been no number in " + plural(without, "epoch") : " has not been reported";
    } else {
        reason += " " + short_text(best) + " of epoch " + std::to_string(best_epoch);
        reason += without == 0 ? " is the best so far"
                               : " has not improved" +
                                     (min_delta_ > 0 ? " by more than " + short_text(min_delta_) : "") +
                                     " in " + plural(without, "epoch");
    }
    if (!stops && without > 0) reason += ", less than " + std::to_string(patience_);
    return {stops ? Verdict::Kind::stop : Verdict::Kind::go_on, std::move(reason)};
}

bool PatiencePruner::decides(const Trial&, std::int64_t epoch, const StudySpec&) const {
    return epoch + 1 > warmup_epochs_ && epoch + 1 >= patience_;
}

}  // namespace o2v::search
