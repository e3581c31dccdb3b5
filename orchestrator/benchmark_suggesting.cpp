#include <fmt/format.h>

#include <chrono>

#include "orchestrator/benchmark_clock.hpp"
#include "orchestrator/benchmark_pinned.hpp"
#include "orchestrator/benchmark_steps.hpp"
#include "reports/statistics.hpp"
#include "search/catalog.hpp"
#include "search/problems/problems.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

// A study of the problem to which trials are added as if they had been run.
class Played {
  public:
    Played(const std::string& problem, const std::string& strategy)
        : problem_(problem), study_(spec_of(problem, strategy)) {}

    const Study& study() const { return study_; }
    void add(const Assignment& params) {
        const auto id = static_cast<TrialId>(study_.trials().size());
        const double value = problems::evaluate(problem_, params);
        const Metrics metrics{{study_.spec().goal.metric, value}};
        study_.apply(TrialCreated{id, params, static_cast<std::uint64_t>(id)});
        study_.apply(AttemptStarted{id, 1, "played", "cpu", "", {}});
        study_.apply(Reported{id, 1, Measurement{0, metrics, std::chrono::milliseconds(1)}});
        study_.apply(TrialEnded{id, Completed{metrics, 0, ""}});
    }

  private:
    static StudySpec spec_of(const std::string& problem, const std::string& strategy) {
        const problems::ProblemInfo& info = *problems::find_problem(problem);
        StudySpec spec;
        spec.name = info.name;
        spec.goal = info.goal;
        spec.space = info.space;
        spec.search.strategy = strategy;
        spec.search.seed = 1;
        return spec;
    }

    std::string problem_;
    Study study_;
};

}  // namespace

StepOutcome measure_suggesting(const Bench& bench, const Benchmark& benchmark, const std::string& strategy) {
    const SuggestionOptions& options = *benchmark.suggestion;
    StepOutcome outcome;
    std::vector<double> seconds;
    pinned(bench.slot.cores, [&] {
        Played played(options.problem, strategy);
        StudySpec random = played.study().spec();
        random.search.strategy = "random";
        const auto other = search::make_searcher(random),
                   searcher = search::make_searcher(played.study().spec());
        Rng rng(1);
        for (std::int64_t i = 0; i < options.history; ++i)
            if (const auto next = other->suggest(played.study(), rng)) played.add(next->params);
        // Each sees one trial more than the last: what is kept of a history is not the answer yet.
        for (std::int64_t i = 0; i < options.suggestions; ++i) {
            std::optional<search::Suggestion> next;
            seconds.push_back(seconds_of([&] { next = searcher->suggest(played.study(), rng); }));
            if (!next) {
                outcome.failure = strategy + ": has nothing to suggest after " +
                                  std::to_string(played.study().trials().size()) + " trials";
                return;
            }
            played.add(next->params);
        }
    });
    if (!outcome.failure.empty()) return outcome;
    const double median = reports::median(seconds);
    outcome.samples = {{kOfSearch, "suggest_seconds." + strategy, median}};
    outcome.sentence = fmt::format(
        "{} a suggestion after {} trials",
        median < 1e-3 ? fmt::format("{:.0f} us", median * 1e6) : fmt::format("{:.1f} ms", median * 1e3),
        options.history);
    return outcome;
}

}  // namespace o2v::orchestrator
