// A tuner on scripted trials, and scripts for them.
#pragma once

#include <gtest/gtest.h>

#include "orchestrator/bench/scripted_executor.hpp"
#include "orchestrator/tuner.hpp"
#include "search/catalog.hpp"

namespace o2v::orchestrator {

inline constexpr const char* kMetric = "validation:loss";

inline Happening epoch(int slot, const protocol::StartTrial& t, std::int64_t e, double value) {
    return TrialMessage{slot,
                        protocol::EpochEnded{
                            t.trial, t.attempt, {e, {{kMetric, value}}, std::chrono::milliseconds(1), 1, 1}}};
}
inline Happening completed(int slot, const protocol::StartTrial& t, double value) {
    return TrialMessage{slot, protocol::TrialCompleted{t.trial, t.attempt, {{kMetric, value}}, 0, ""}};
}
inline double x_of(const protocol::StartTrial& t) {
    return std::get<double>(t.hyperparameters.at("x"));
}

// Two epochs, then the value x.
inline std::deque<Happening> well_behaved(int slot, const protocol::StartTrial& t) {
    return {epoch(slot, t, 0, x_of(t) + 1), epoch(slot, t, 1, x_of(t)), completed(slot, t, x_of(t))};
}
inline std::deque<Happening> failing(int slot, const protocol::StartTrial& t, FailureKind kind) {
    return {TrialMessage{slot, protocol::TrialFailed{t.trial, t.attempt, kind, "it failed"}}};
}
inline std::deque<Happening> crashing(int slot, const protocol::StartTrial& t) {
    return {TrialLost{slot, t.trial, t.attempt, FailureKind::crashed, "killed by signal 9"}};
}

inline Experiment an_experiment() {
    Experiment e;
    e.study.name = "test";
    e.study.goal = {kMetric, Direction::minimize};
    e.study.space = SearchSpace({{"x", FloatDomain{0, 1, Scale::linear}, {}}});
    e.study.search.seed = 7;
    e.study.budget.trials = 4;
    return e;
}

class TunerTest : public testing::Test {
  protected:
    RunResult run(Executor& executor) {
        searcher_ = search::make_searcher(experiment_.study);
        pruner_ = search::make_pruner(experiment_.study);
        study_.emplace(experiment_.study);
        for (const TrialEvent& event : storage_->load()) study_->apply(event);
        Tuner tuner(experiment_, *study_, *storage_, *searcher_, *pruner_, executor, *observer_, options());
        return tuner.run();
    }
    TunerOptions options() {
        TunerOptions options;
        options.folder = folder_;
        options.max_trials = max_trials_;
        options.energy = EnergyMeter(counters_);
        return options;
    }
    std::vector<TrialState> states() const {
        std::vector<TrialState> all;
        for (const Trial& t : study_->trials()) all.push_back(t.state());
        return all;
    }

    Experiment experiment_ = an_experiment();
    std::unique_ptr<Storage> storage_ = make_memory_storage();
    StudyObserver nobody_;
    StudyObserver* observer_ = &nobody_;
    std::string folder_ = "/runs/test";
    std::optional<std::int64_t> max_trials_;
    std::vector<EnergyCounter> counters_;
    std::unique_ptr<search::Searcher> searcher_;
    std::unique_ptr<search::Pruner> pruner_;
    std::optional<Study> study_;
};

}  // namespace o2v::orchestrator
