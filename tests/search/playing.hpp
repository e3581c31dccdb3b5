// A search played without an orchestrator.
#pragma once

#include <functional>
#include <optional>

#include "search/searcher.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::testing {

using Objective = std::function<double(const Assignment&)>;

// As the orchestrator asks: one generator a trial.
inline std::optional<search::Suggestion> ask(const search::Searcher& searcher, const Study& study) {
    Rng rng(derive_seed(study.spec().search.seed, study.trials().size()));
    return searcher.suggest(study, rng);
}

// n trials, each of which completes with the objective's value. REQUIRES: the searcher has so many.
inline void play(Study& study, const search::Searcher& searcher, int n, const Objective& objective) {
    for (int i = 0; i < n; ++i) {
        const Assignment params = ask(searcher, study)->params;
        run_to_end(study, {objective(params)}, params);
    }
}

}  // namespace o2v::testing
