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
    if (std::ssize(trial.curve) <= warmup_epochs_) return {};
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
    if (without < patience_) return {};
    std::string reason = goal.metric;
    if (best_epoch < 0) {
        reason += " has been no number in " + plural(without, "epoch");
    } else {
        reason += " " + short_text(best) + " of epoch " + std::to_string(best_epoch) + " has not improved" +
                  (min_delta_ > 0 ? " by more than " + short_text(min_delta_) : "") + " in " +
                  plural(without, "epoch");
    }
    return {Verdict::Kind::stop, std::move(reason)};
}

bool PatiencePruner::decides(const Trial&, std::int64_t epoch, const StudySpec&) const {
    return epoch + 1 > warmup_epochs_ && epoch + 1 >= patience_;
}

}  // namespace o2v::search
