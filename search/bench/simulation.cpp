#include "search/bench/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "search/bench/cpu_clock.hpp"
#include "search/bench/play.hpp"
#include "search/catalog.hpp"

namespace o2v::bench_search {
namespace {

using search::Verdict;

StudySpec spec_of(const CurveTable& table, const SimulationOptions& options, std::uint64_t seed) {
    StudySpec spec = spec_for(table, options.strategy, seed);
    spec.fixed["epochs"] = static_cast<std::int64_t>(table.epochs());
    spec.pruner = options.pruner;
    return spec;
}

// Reads like orchestrator/tuner.cpp: start as much as is allowed, let one thing happen, record, react.
class Simulation {
  public:
    Simulation(const CurveTable& table, const SimulationOptions& options, StudySpec spec,
               const search::Searcher& searcher, const search::Pruner& pruner)
        : table_(table),
          options_(options),
          study_(std::move(spec)),
          searcher_(searcher),
          pruner_(pruner),
          slots_(options.slots),
          target_(table.optimum() + options.within * std::abs(table.optimum())) {}

    Simulated run() {
        for (std::size_t slot = 0; slot < slots_.size(); ++slot) fill(slot);
        while (!found() && busy()) {
            for (std::size_t slot = 0; slot < slots_.size() && !found(); ++slot) {
                if (slots_[slot]) train_epoch(slot);
                if (!slots_[slot] && !found()) fill(slot);
            }
        }
        result_.trials = study_.trials().size();
        result_.completed = study_.count(TrialState::completed);
        result_.cpu /= std::max(1.0, static_cast<double>(result_.trials));
        return result_;
    }

  private:
    bool found() const { return result_.until_any && result_.until_final; }
    bool busy() const {
        return std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot.has_value(); });
    }

    template <class Work>
    auto timed(Work&& work) {
        const double before = thread_cpu_milliseconds();
        auto answer = work();
        result_.cpu += thread_cpu_milliseconds() - before;
        return answer;
    }

    void fill(std::size_t slot) {
        std::optional<TrialId> next = timed([&] { return pruner_.promote(study_); });
        if (!next) next = create_trial();
        if (!next) return;
        const auto attempt = static_cast<int>(study_.trial(*next).attempts.size()) + 1;
        study_.apply(AttemptStarted{*next, attempt, "slot-" + std::to_string(slot), "cpu", "", {}});
        slots_[slot] = next;
    }

    std::optional<TrialId> create_trial() {
        if (exhausted_ || study_.trials().size() >= options_.trials) return std::nullopt;
        const auto id = static_cast<TrialId>(study_.trials().size());
        auto suggestion = timed([&] {
            Rng rng = suggestion_rng(study_.spec(), id);
            return searcher_.suggest(study_, rng);
        });
        auto params = suggestion ? table_.place(suggestion->params, study_) : std::nullopt;
        if (!params) {
            exhausted_ = true;
            return std::nullopt;
        }
        study_.apply(TrialCreated{id, *std::move(params), training_seed(study_.spec(), id),
                                  std::move(suggestion->why), suggestion->fork});
        return id;
    }

    void train_epoch(std::size_t slot) {
        const Trial& trial = study_.trial(*slots_[slot]);
        const auto curve = table_.curve(trial.params);
        const std::size_t epoch = trial.curve.size();
        const double loss = curve[epoch];
        const bool last = epoch + 1 == curve.size();
        const auto attempt = static_cast<int>(trial.attempts.size());
        const std::string& metric = study_.spec().goal.metric;
        ++result_.epochs;
        study_.apply(Reported{trial.id, attempt, {static_cast<std::int64_t>(epoch), {{metric, loss}}}});
        if (!std::isfinite(loss)) {
            end(slot, Pruned{metric + " was not finite", /*diverged=*/true});
            return;
        }
        if (loss <= target_ && !result_.until_any) result_.until_any = result_.epochs;
        if (loss <= target_ && last && !result_.until_final) result_.until_final = result_.epochs;
        study_.apply(Checkpointed{trial.id, attempt, {"", static_cast<std::int64_t>(epoch)}});
        if (last) {
            const auto best = std::min_element(curve.begin(), curve.end());
            end(slot, Completed{{{metric, *best}}, best - curve.begin(), ""});
            return;
        }
        follow(slot, pruner_.judge(trial, study_));
    }

    void follow(std::size_t slot, const Verdict& verdict) {
        if (verdict.kind == Verdict::Kind::stop) end(slot, Pruned{verdict.reason, false});
        if (verdict.kind != Verdict::Kind::pause) return;
        study_.apply(Paused{*slots_[slot], verdict.reason});
        slots_[slot].reset();
    }

    void end(std::size_t slot, Ending ending) {
        study_.apply(TrialEnded{*slots_[slot], std::move(ending)});
        slots_[slot].reset();
    }

    const CurveTable& table_;
    const SimulationOptions& options_;
    Study study_;
    const search::Searcher& searcher_;
    const search::Pruner& pruner_;
    std::vector<std::optional<TrialId>> slots_;
    double target_;
    bool exhausted_ = false;
    Simulated result_;
};

}  // namespace

Simulated simulate(const CurveTable& table, const SimulationOptions& options, std::uint64_t seed) {
    const StudySpec spec = spec_of(table, options, seed);
    return simulate(table, options, seed, *search::make_searcher(spec), *search::make_pruner(spec));
}

Simulated simulate(const CurveTable& table, const SimulationOptions& options, std::uint64_t seed,
                   const search::Searcher& searcher, const search::Pruner& pruner) {
    return Simulation(table, options, spec_of(table, options, seed), searcher, pruner).run();
}

}  // namespace o2v::bench_search
