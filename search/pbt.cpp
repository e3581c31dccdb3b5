#include "search/pbt.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "search/curve.hpp"
#include "search/explore.hpp"
#include "search/random.hpp"
#include "search/study/errors.hpp"
#include "search/untried.hpp"

namespace o2v::search {
namespace {

// The epochs that it took over from its parent.
std::int64_t inherited(const Trial& trial) {
    return trial.fork ? trial.fork->epoch + 1 : 0;
}

// Its epochs at the end of the interval in which it is, or at which it is paused.
std::int64_t paused_after(const Trial& trial, std::int64_t interval) {
    return inherited(trial) + trial.pauses * interval;
}

// How a generation ends.
struct Comparison {
    std::vector<TrialId> ranked;     // that paused, best first
    std::vector<TrialId> fallen;     // that ended by something else than completion
    std::vector<TrialId> forks;      // that have been created
    std::vector<TrialId> replaced;   // `fallen`, then the worst of `ranked`
    std::vector<TrialId> survivors;  // the others of `ranked`
};

// nullopt while a member is still on its way to `epochs`.
std::optional<Comparison> compare(const Study& study, const std::vector<TrialId>& members,
                                  std::int64_t epochs) {
    const Goal& goal = study.spec().goal;
    Comparison result;
    std::map<TrialId, double> values;
    for (const TrialId id : members) {
        const Trial& trial = study.trial(id);
        if (paused_after(trial, study.spec().search.interval) >= epochs) {
            const auto last = static_cast<std::size_t>(epochs - 1);
            const double* value = last < trial.curve.size() ? reported(trial.curve[last], goal) : nullptr;
            values[id] = value ? *value : std::nan("");
            result.ranked.push_back(id);
        } else if (!trial.ending) {
            return std::nullopt;
        } else if (!std::holds_alternative<Completed>(*trial.ending)) {
            result.fallen.push_back(id);
        }
    }
    std::sort(result.ranked.begin(), result.ranked.end(), [&](TrialId a, TrialId b) {
        if (better(goal, values[a], values[b])) return true;
        return !better(goal, values[b], values[a]) && a < b;
    });
    return result;
}

std::size_t quarter(std::size_t n) {
    return std::min((n + 3) / 4, n / 2);
}

}  // namespace

Population population_of(const Study& study) {
    const SearchOptions& options = study.spec().search;
    Population now;
    std::map<std::int64_t, std::vector<TrialId>> forks;  // by the epochs they begin after
    for (const Trial& trial : study.trials()) {
        if (trial.fork)
            forks[trial.fork->epoch + 1].push_back(trial.id);
        else
            now.members.push_back(trial.id);
    }
    auto created = std::ssize(now.members);
    if (created < options.population &&
        untried_after(std::vector<double>(study.spec().space.size(), 0.5), study))
        now.founders_due = options.population - created;

    for (now.epochs = options.interval; now.founders_due == 0; now.epochs += options.interval) {
        const auto compared = compare(study, now.members, now.epochs);
        if (!compared || (compared->ranked.empty() && compared->fallen.empty())) break;
        const std::vector<TrialId>& ranked = compared->ranked;
        const std::size_t part = quarter(now.members.size());
        // From the worst on; at least one survives.
        std::vector<TrialId> replaced = compared->fallen;
        for (std::size_t i = ranked.size(); i-- > 1 && replaced.size() < part;) replaced.push_back(ranked[i]);
        if (ranked.empty()) replaced.clear();
        if (const auto budget = study.spec().budget.trials)
            replaced.resize(std::min(replaced.size(),
                                     static_cast<std::size_t>(std::max<std::int64_t>(*budget - created, 0))));
        const std::size_t taken =
            replaced.size() - std::min(replaced.size(), compared->fallen.size());  // of the ranked
        const auto survivors = ranked.end() - static_cast<std::ptrdiff_t>(taken);
        now.losers.clear();
        std::copy_if(survivors, ranked.end(), std::back_inserter(now.losers),
                     [&](TrialId id) { return !study.trial(id).ending; });

        const std::vector<TrialId>& made = forks[now.epochs];
        created += std::ssize(made);
        if (made.size() < replaced.size()) {
            now.replaced.assign(replaced.begin() + std::ssize(made), replaced.end());
            const auto best = std::min(std::max<std::size_t>(part, 1), ranked.size() - taken);
            now.parents.assign(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(best));
            break;
        }
        now.members.assign(ranked.begin(), survivors);
        now.members.insert(now.members.end(), made.begin(), made.end());
    }
    std::sort(now.members.begin(), now.members.end());
    return now;
}

PbtSearcher::PbtSearcher(const StudySpec& spec) {
    const std::int64_t population = at_least(2, "/search/population", spec.search.population);
    at_least(1, "/search/interval", spec.search.interval);
    const auto first = std::ssize(spec.enqueued) + (spec.space.has_initial_values() ? 1 : 0);
    if (first > population)
        throw InputError("/search/population", std::to_string(population),
                         "must hold the " + plural(first, "configuration") + " that the study tries first");
    if (spec.budget.trials && population > *spec.budget.trials)
        throw InputError("/search/population", std::to_string(population),
                         "must not be above the budget of " + plural(*spec.budget.trials, "trial"));
    for (const std::string& name : spec.search.explore)
        if (!spec.space.find(name))
            throw InputError("/search/explore", '"' + name + '"', "is not a parameter of the space");
}

std::optional<Suggestion> PbtSearcher::suggest(const Study& study, Rng& rng) const {
    const Population now = population_of(study);
    if (now.founders_due > 0) {
        auto founder = RandomSearcher().suggest(study, rng);
        if (founder) founder->why = "a first member of the population";
        return founder;
    }
    if (now.replaced.empty()) return std::nullopt;
    const TrialId parent = now.parents[uniform_index(rng, now.parents.size())];
    Suggestion fork;
    fork.params = explored(study.trial(parent).params, study.spec(), rng);
    fork.why = "goes on from trial " + std::to_string(parent) + " in place of trial " +
               std::to_string(now.replaced.front());
    fork.fork = Fork{parent, now.epochs - 1};
    return fork;
}

std::string PbtSearcher::why_nothing_left() const {
    return "the population has trained to its end";
}

PbtPruner::PbtPruner(const StudySpec& spec)
    : interval_(at_least(1, "/search/interval", spec.search.interval)) {}

bool PbtPruner::decides(const Trial& trial, std::int64_t epoch, const StudySpec&) const {
    const std::int64_t own = epoch + 1 - inherited(trial);
    return own > 0 && own % interval_ == 0;
}

Verdict PbtPruner::judge(const Trial& trial, const Study& study) const {
    const auto epochs = static_cast<std::int64_t>(trial.curve.size());
    if (!decides(trial, epochs - 1, study.spec()) || epochs < paused_after(trial, interval_) + interval_)
        return {Verdict::Kind::go_on, "no interval ends after " + plural(epochs, "epoch")};
    return {Verdict::Kind::pause,
            "waits after " + plural(epochs, "epoch") + " to be compared with its population"};
}

std::optional<TrialId> PbtPruner::promote(const Study& study) const {
    if (study.count(TrialState::paused) == 0) return std::nullopt;
    const Population now = population_of(study);
    if (!now.replaced.empty() || now.founders_due > 0) return std::nullopt;
    for (const TrialId id : now.members) {
        const Trial& trial = study.trial(id);
        if (trial.state() == TrialState::paused && paused_after(trial, interval_) < now.epochs) return id;
    }
    return std::nullopt;
}

std::optional<Pruner::Retired> PbtPruner::retire(const Study& study) const {
    if (study.count(TrialState::paused) == 0) return std::nullopt;
    const Population now = population_of(study);
    if (now.losers.empty()) return std::nullopt;
    return Retired{now.losers.front(), "is in the last quarter of its population after " +
                                           plural(now.epochs, "epoch") + " and gives way to a fork"};
}

}  // namespace o2v::search
