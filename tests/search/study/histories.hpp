// Short ways to write a study's history in tests.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::testing {

inline StudySpec spec_of(SearchSpace space, Direction direction = Direction::minimize) {
    StudySpec spec;
    spec.name = "demo";
    spec.goal = {"validation:loss", direction};
    spec.space = std::move(space);
    return spec;
}

inline Measurement measured(std::int64_t epoch, double value, const std::string& metric = "validation:loss") {
    Measurement m;
    m.epoch = epoch;
    m.metrics = {{metric, value}};
    m.elapsed = std::chrono::milliseconds(1500);
    return m;
}

// Creates the next trial and returns its number.
inline TrialId create(Study& study, Assignment params = {}) {
    const auto id = static_cast<TrialId>(study.trials().size());
    study.apply(
        TrialCreated{id, std::move(params), derive_seed(study.spec().search.seed, study.trials().size())});
    return id;
}

inline void start(Study& study, TrialId id) {
    AttemptStarted event;
    event.trial = id;
    event.attempt = static_cast<int>(study.trial(id).attempts.size()) + 1;
    study.apply(event);
}

// Creates and starts a trial that has reported `curve`.
inline TrialId run(Study& study, const std::vector<double>& curve, Assignment params = {}) {
    const TrialId id = create(study, std::move(params));
    start(study, id);
    for (const double value : curve)
        study.apply(
            Reported{id, 1, measured(std::ssize(study.trial(id).curve), value, study.spec().goal.metric)});
    return id;
}

inline void complete(Study& study, TrialId id, double value) {
    study.apply(TrialEnded{id, Completed{{{study.spec().goal.metric, value}}, 0, ""}});
}

// A trial that ran along `curve` and completed with its last value.
inline TrialId run_to_end(Study& study, const std::vector<double>& curve, Assignment params = {}) {
    const TrialId id = run(study, curve, std::move(params));
    complete(study, id, curve.back());
    return id;
}

}  // namespace o2v::testing
