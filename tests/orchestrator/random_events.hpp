// Studies in which anything happens that can: events drawn at random among those that may follow.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "orchestrator/experiment.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

inline Experiment random_experiment() {
    Experiment e;
    e.file = "/experiments/random.json";
    e.problem = "branin";
    e.study.name = "random";
    e.study.goal = {"validation:loss", Direction::minimize};
    e.study.space = SearchSpace({{"x0", FloatDomain{-5, 10}, {}}, {"x1", FloatDomain{0, 15}, {}}});
    e.study.fixed["epochs"] = std::int64_t{6};
    e.study.budget.trials = 1000;
    return e;
}

// Values are few, so that they tie, and now and then NaN or infinite. An epoch that is repeated shows the
// same again.
class RandomEvents {
  public:
    explicit RandomEvents(std::uint64_t seed) : rng_(seed), seed_(seed) {}

    TrialEvent next(const Study& study) {
        for (;;) {
            const auto id = static_cast<TrialId>(below(study.trials().size() + 1));
            if (id == std::ssize(study.trials())) return created(study);
            const Trial& trial = study.trial(id);
            if (trial.ending) continue;
            if (trial.state() == TrialState::running) return of_running(study, trial);
            if (below(10) == 0) return TrialEnded{id, Pruned{"enough of it", false}};
            const int slot = static_cast<int>(below(3));
            return AttemptStarted{id,
                                  static_cast<int>(trial.attempts.size()) + 1,
                                  "slot-" + std::to_string(slot) + "/pid-9",
                                  "cpu",
                                  "host",
                                  {slot}};
        }
    }

  private:
    std::uint64_t below(std::size_t n) { return uniform_index(rng_, n); }

    TrialEvent created(const Study& study) {
        const TrialId id = std::ssize(study.trials());
        TrialCreated event{id, {{"x0", uniform01(rng_)}, {"x1", uniform01(rng_)}}, rng_(), "", {}};
        if (id > 0 && below(4) == 0) {
            const Trial& parent = study.trial(static_cast<TrialId>(below(static_cast<std::size_t>(id))));
            if (!parent.curve.empty())
                event.fork = Fork{parent.id, static_cast<std::int64_t>(below(parent.curve.size()))};
        }
        return event;
    }
    double value(std::uint64_t of) const {
        Rng rng(derive_seed(seed_, of));
        switch (uniform_index(rng, 8)) {
            case 0:
                return std::numeric_limits<double>::quiet_NaN();
            case 1:
                return uniform_index(rng, 2) ? std::numeric_limits<double>::infinity() : 0.125;
            default:
                return static_cast<double>(uniform_index(rng, 5)) / 4;
        }
    }
    Metrics metrics(const Study& study, std::uint64_t of) const {
        Metrics metrics{{study.spec().goal.metric, value(of)}};
        if (of % 5 != 0) metrics["size"] = std::floor(4 * value(derive_seed(of, 1)));
        return metrics;
    }
    TrialEvent of_running(const Study& study, const Trial& trial) {
        const int attempt = trial.attempts.back().started.attempt;
        switch (below(8)) {
            case 0:
                return Paused{trial.id, "put aside"};
            case 1:
                return AttemptFailed{trial.id, attempt, FailureKind::crashed, "killed"};
            case 2:
                return TrialEnded{trial.id,
                                  Completed{metrics(study, static_cast<std::uint64_t>(trial.id)), 0, ""}};
            case 3:
                if (below(2) == 0) return TrialEnded{trial.id, Failure{FailureKind::bad_config, "no"}};
                return TrialEnded{trial.id, Pruned{"not finite", true}};
            default:
                const auto epoch = static_cast<std::int64_t>(below(4) == 0 ? below(trial.curve.size() + 1)
                                                                           : trial.curve.size());
                const Metrics shown = epoch < std::ssize(trial.curve)
                                          ? trial.curve[static_cast<std::size_t>(epoch)].metrics
                                          : metrics(study, derive_seed(static_cast<std::uint64_t>(trial.id),
                                                                       static_cast<std::uint64_t>(epoch)));
                return Reported{trial.id, attempt, {epoch, shown, std::chrono::milliseconds(5), 1, 1}};
        }
    }

    Rng rng_;
    std::uint64_t seed_;
};

}  // namespace o2v::orchestrator
