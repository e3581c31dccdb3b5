#include "search/bench/play.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "search/bench/cpu_clock.hpp"
#include "search/catalog.hpp"

namespace o2v::bench_search {
namespace {

// Streams of derive_seed(study seed, .) as in orchestrator/tuner.cpp.
constexpr std::uint64_t kTrainingStream = 1;
constexpr std::uint64_t kSuggestionStream = 2;

std::uint64_t seed_for(const StudySpec& spec, std::uint64_t stream, TrialId trial) {
    return derive_seed(derive_seed(spec.search.seed, stream), static_cast<std::uint64_t>(trial));
}

TrialEnded ending_of(TrialId id, double value, const Goal& goal) {
    if (!std::isfinite(value)) return {id, Pruned{goal.metric + " was not finite", /*diverged=*/true}};
    return {id, Completed{{{goal.metric, value}}, 0, ""}};
}

}  // namespace

double Play::best_of(std::size_t n) const {
    double best = std::nan("");
    for (std::size_t i = 0; i < std::min(n, values.size()); ++i)
        if (better(least_loss(), values[i], best)) best = values[i];
    return best;
}

StudySpec spec_for(const Landscape& landscape, const std::string& strategy, std::uint64_t seed) {
    StudySpec spec;
    spec.name = landscape.name();
    spec.goal = least_loss();
    spec.space = landscape.space();
    spec.search.strategy = strategy;
    spec.search.seed = seed;
    return spec;
}

Rng suggestion_rng(const StudySpec& spec, TrialId trial) {
    return Rng(seed_for(spec, kSuggestionStream, trial));
}

std::uint64_t training_seed(const StudySpec& spec, TrialId trial) {
    return seed_for(spec, kTrainingStream, trial);
}

Play play(const Landscape& landscape, const std::string& strategy, std::uint64_t seed, std::size_t trials) {
    Study study(spec_for(landscape, strategy, seed));
    const auto searcher = search::make_searcher(study.spec());
    const Goal& goal = study.spec().goal;
    Play result;
    for (std::size_t i = 0; i < trials; ++i) {
        const auto id = static_cast<TrialId>(i);
        const double before = thread_cpu_milliseconds();
        Rng rng = suggestion_rng(study.spec(), id);
        const auto suggestion = searcher->suggest(study, rng);
        const double cpu = thread_cpu_milliseconds() - before;
        if (!suggestion) break;
        auto params = landscape.place(suggestion->params, study);
        if (!params) break;
        const double value = landscape.value(*params);
        study.apply(TrialCreated{id, *std::move(params), training_seed(study.spec(), id), suggestion->why,
                                 std::nullopt});
        study.apply(AttemptStarted{id, 1, "bench", "cpu", "", {}});
        study.apply(Reported{id, 1, {0, {{goal.metric, value}}}});
        study.apply(ending_of(id, value, goal));
        result.values.push_back(value);
        result.suggestion_cpu.push_back(cpu);
    }
    return result;
}

}  // namespace o2v::bench_search
