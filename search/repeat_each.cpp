#include "search/repeat_each.hpp"

#include <algorithm>
#include <utility>

#include "search/study/errors.hpp"

namespace o2v::search {

RepeatEach::RepeatEach(std::unique_ptr<Searcher> strategy, const StudySpec& spec)
    : strategy_(std::move(strategy)) {
    const SearchOptions& search = spec.search;
    if (search.repeats < 1)
        throw InputError("/search/repeats", std::to_string(search.repeats), "must be at least 1");
    if (search.repeats > 1 && (search.strategy == "cmaes" || search.strategy == "pbt"))
        throw InputError(
            "/search/repeats", std::to_string(search.repeats),
            "must be 1 with \"" + search.strategy + "\", whose trials build on each other in order");
}

std::optional<Suggestion> RepeatEach::suggest(const Study& study, Rng& rng) const {
    const std::vector<Trial>& trials = study.trials();
    const int repeats = study.spec().search.repeats;
    if (repeats == 1 || trials.empty()) return strategy_->suggest(study, rng);
    const Assignment& params = trials.back().params;
    const auto other = std::find_if(trials.rbegin(), trials.rend(),
                                    [&](const Trial& trial) { return trial.params != params; });
    const auto times = other - trials.rbegin();
    if (times >= repeats || !study.spec().space.contains(params)) return strategy_->suggest(study, rng);
    return Suggestion{params, "repeat " + std::to_string(times + 1) + " of " + std::to_string(repeats)};
}

}  // namespace o2v::search
