#include "search/asha.hpp"

#include <algorithm>
#include <utility>

#include "search/curve.hpp"

namespace o2v::search {
namespace {

// "third" of "the best third".
std::string part(std::int64_t factor) {
    static constexpr const char* names[] = {"half", "third", "quarter", "fifth"};
    return factor <= 5 ? names[factor - 2] : "1/" + std::to_string(factor);
}

std::size_t turns(const PrunerOptions& options) {
    return static_cast<std::size_t>(at_least(1, "/pruner/brackets", options.brackets));
}

}  // namespace

AshaPruner::AshaPruner(const PrunerOptions& options)
    : AshaPruner(options, turns(options), [brackets = turns(options)](TrialId trial) {
          return static_cast<std::size_t>(trial) % brackets;
      }) {}

AshaPruner::AshaPruner(const PrunerOptions& options, std::size_t brackets,
                       std::function<std::size_t(TrialId)> bracket_of)
    : max_epochs_(at_least(0, "/pruner/max_epochs", options.max_epochs)),
      factor_(at_least(2, "/pruner/reduction_factor", options.reduction_factor)),
      stops_(options.stops),
      bracket_of_(std::move(bracket_of)) {
    const Rungs all(at_least(1, "/pruner/min_epochs", options.min_epochs), factor_);
    for (std::size_t b = 0; b < brackets; ++b) past_.brackets.emplace_back(all.epochs_of(b), factor_);
}

void AshaPruner::catch_up(const Study& study) const {
    const Goal& goal = study.spec().goal;
    const auto& reports = study.reports();
    if (past_.reports > reports.size() || past_.key != study.reports_key(past_.reports) ||
        past_.goal != goal) {
        past_.reports = 0;
        past_.goal = goal;
        for (Rungs& rungs : past_.brackets) rungs.clear();
    }
    for (; past_.reports < reports.size(); ++past_.reports) {
        const auto& [trial, epoch, key] = reports[past_.reports];
        past_.brackets[bracket_of_(trial)].reported(study.trial(trial), epoch, goal);
    }
    past_.key = study.reports_key(past_.reports);
}

Verdict AshaPruner::judge(const Trial& trial, const Study& study) const {
    const Goal& goal = study.spec().goal;
    const auto epochs = static_cast<std::int64_t>(trial.curve.size());
    const auto go_on = [](std::string reason) { return Verdict{Verdict::Kind::go_on, std::move(reason)}; };
    if (!decides(trial, epochs - 1, study.spec())) return go_on("no rung at " + plural(epochs, "epoch"));
    catch_up(study);
    const Rungs& rungs = past_.brackets[bracket_of_(trial.id)];
    const auto rung = rungs.at(epochs);
    const auto value = rung ? rungs.value_on(*rung, trial.id) : std::nullopt;
    if (!value) return go_on(goal.metric + " is not known at the rung of " + plural(epochs, "epoch"));

    const std::size_t n = rungs.trials_on(*rung), place = rungs.place_on(*rung, trial.id, goal);
    const auto factor = static_cast<std::size_t>(factor_);
    const bool goes_on =
        stops_ ? n < factor || rungs.better_on(*rung, trial.id, goal) * factor <= n - 1 : place < quota(n);
    const std::string figure = goal.metric + " " + short_text(*value) + " after " + plural(epochs, "epoch");
    if (goes_on)
        return go_on(figure + " is number " + std::to_string(place + 1) + " of " + plural(n, "trial") +
                     " at this rung");
    if (n == 1) return {Verdict::Kind::pause, figure + " is the only one at this rung so far"};
    return {
        stops_ ? Verdict::Kind::stop : Verdict::Kind::pause,
        figure + " is not among the best " + part(factor_) + " of " + plural(n, "trial") + " at this rung"};
}

bool AshaPruner::decides(const Trial& trial, std::int64_t epoch, const StudySpec& spec) const {
    const std::int64_t epochs = epoch + 1;
    const auto end = planned_epochs(spec, trial.params);
    if ((max_epochs_ > 0 && epochs >= max_epochs_) || (end && epochs >= *end)) return false;
    return past_.brackets[bracket_of_(trial.id)].at(epochs).has_value();
}

// The best paused trial of the highest rung for which `allowed(bracket, rung, trial)` holds; of two brackets'
// rungs at as many epochs the lower bracket's.
template <class Allowed>
std::optional<TrialId> AshaPruner::highest_paused(const Study& study, Allowed allowed) const {
    catch_up(study);
    std::optional<TrialId> found;
    std::int64_t height = 0;
    for (const Rungs& rungs : past_.brackets) {
        for (std::size_t k = rungs.reached(); k-- > 0 && rungs.epochs_of(k) > height;) {
            const auto& here = rungs.highest_here(k);
            const auto paused = std::find_if(here.begin(), here.end(), [&](const Rungs::Entry& entry) {
                return study.trial(entry.trial).state() == TrialState::paused;
            });
            if (paused == here.end() || !allowed(rungs, k, paused->trial)) continue;
            found = paused->trial;
            height = rungs.epochs_of(k);
        }
    }
    return found;
}

std::optional<TrialId> AshaPruner::promote(const Study& study) const {
    if (study.count(TrialState::paused) == 0) return std::nullopt;
    return highest_paused(study, [&](const Rungs& rungs, std::size_t rung, TrialId trial) {
        return rungs.place_on(rung, trial, study.spec().goal) < quota(rungs.trials_on(rung));
    });
}

std::optional<TrialId> AshaPruner::promote_last(const Study& study) const {
    if (study.count(TrialState::completed) > 0) return std::nullopt;
    return highest_paused(study, [](const Rungs&, std::size_t, TrialId) { return true; });
}

}  // namespace o2v::search
