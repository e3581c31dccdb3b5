#include "search/running_means.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "search/curve.hpp"

namespace o2v::search {

const std::vector<double>& RunningMeans::at(std::size_t epoch, const Study& study) {
    static const std::vector<double> none;
    catch_up(study);
    return epoch < means_.size() ? means_[epoch] : none;
}

void RunningMeans::catch_up(const Study& study) {
    const Goal& goal = study.spec().goal;
    const auto& ended = study.ended();
    if (ended_ > ended.size() || key_ != study.ended_key(ended_) || goal_ != goal) {
        ended_ = 0;
        goal_ = goal;
        means_.clear();
    }
    for (; ended_ < ended.size(); ++ended_) {
        const Trial& trial = study.trial(ended[ended_]);
        double sum = 0;
        int reports = 0;
        for (std::size_t e = 0; e < trial.curve.size(); ++e) {
            if (means_.size() <= e) means_.emplace_back();
            if (const double* value = reported(trial.curve[e], goal)) {
                sum += *value;
                ++reports;
            }
            if (reports == 0) continue;
            const double mean = sum / reports;
            auto& means = means_[e];
            means.insert(std::upper_bound(means.begin(), means.end(), mean,
                                          [&](double a, double b) { return better(goal, a, b); }),
                         mean);
        }
    }
    key_ = study.ended_key(ended_);
}

double quantile(const std::vector<double>& best_first, double share) {
    const double place = share * static_cast<double>(best_first.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const double part = place - std::floor(place);
    return part == 0 ? best_first[below] : std::lerp(best_first[below], best_first[below + 1], part);
}

RunningMeansRule::RunningMeansRule(const PrunerOptions& options, double share, std::string before,
                                   std::string after)
    : startup_trials_(at_least(0, "/pruner/startup_trials", options.startup_trials)),
      warmup_epochs_(at_least(0, "/pruner/warmup_epochs", options.warmup_epochs)),
      share_(share),
      before_(std::move(before)),
      after_(std::move(after)) {}

bool RunningMeansRule::decides(const Trial&, std::int64_t epoch, const StudySpec&) const {
    return epoch + 1 > warmup_epochs_;
}

Verdict RunningMeansRule::judge(const Trial& trial, const Study& study) const {
    const Goal& goal = study.spec().goal;
    const auto go_on = [](std::string reason) { return Verdict{Verdict::Kind::go_on, std::move(reason)}; };
    const std::int64_t epochs = std::ssize(trial.curve);
    if (epochs <= warmup_epochs_) return go_on("within the warm-up of " + plural(warmup_epochs_, "epoch"));
    const auto completed = static_cast<std::int64_t>(study.count(TrialState::completed));
    if (completed < startup_trials_)
        return go_on(std::to_string(completed) + " of the first " + plural(startup_trials_, "trial") +
                     " have completed");
    const std::optional<double> best = trial.value(goal);
    if (!best) return go_on(goal.metric + " has not been reported");
    const std::vector<double>& others = means_.at(trial.curve.size() - 1, study);
    if (others.empty()) return go_on("no other trial has ended after " + plural(epochs, "epoch"));
    const double bar = quantile(others, share_);
    const bool worse = better(goal, bar, *best);
    return {worse ? Verdict::Kind::stop : Verdict::Kind::go_on,
            "best " + goal.metric + " " + short_text(*best) + " after " + plural(epochs, "epoch") +
                (worse ? " is worse than " : " is no worse than ") + short_text(bar) + before_ +
                plural(others.size(), "trial") + after_};
}

}  // namespace o2v::search
