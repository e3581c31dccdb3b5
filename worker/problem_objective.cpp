#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "search/problems/problems.hpp"
#include "search/study/errors.hpp"
#include "worker/objective.hpp"

namespace o2v::worker {
namespace {

double number_or(const Assignment& params, const char* name, double standard) {
    const auto found = params.find(name);
    if (found == params.end()) return standard;
    if (std::holds_alternative<std::string>(found->second))
        throw InputError(name, to_text(found->second), "must be a number");
    return to_number(found->second);
}

// The checkpoint of a problem is the number of epochs done.
std::int64_t epochs_done(const std::string& checkpoint) {
    std::int64_t done = 0;
    if (!checkpoint.empty()) std::ifstream(checkpoint) >> done;
    return done;
}

void save(const std::string& path, std::int64_t done) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path + ".tmp") << done << '\n';
    std::filesystem::rename(path + ".tmp", path);
}

// Returns false when the trial is to be left.
bool sleep_for(double seconds, const TrialLink& link) {
    using Clock = std::chrono::steady_clock;
    const auto end =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    while (Clock::now() < end) {
        if (link.stopping()) return false;
        std::this_thread::sleep_for(
            std::min<Clock::duration>(end - Clock::now(), std::chrono::milliseconds(5)));
    }
    return !link.stopping();
}

// Plays a learning curve of search/problems. Besides the problem's own parameters: epochs (10) and
// epoch_seconds (0), the time an epoch pretends to take.
class ProblemObjective final : public Objective {
  public:
    Outcome run(const protocol::StartTrial& trial, TrialLink& link) override {
        try {
            return play(trial, link);
        } catch (const InputError& e) {
            return Failure{FailureKind::bad_config, e.what()};
        }
    }

  private:
    static Outcome play(const protocol::StartTrial& trial, TrialLink& link) {
        const Assignment& params = trial.hyperparameters;
        const auto epochs = static_cast<std::int64_t>(number_or(params, "epochs", 10));
        const double seconds = number_or(params, "epoch_seconds", 0);
        const std::string checkpoint = trial.folder + "/checkpoint";
        Metrics metrics;
        std::int64_t done = epochs_done(trial.resume_from);
        if (done > 0)
            metrics[trial.goal.metric] =
                problems::learning_curve(trial.problem, params, trial.seed, done - 1, epochs);
        while (done < epochs) {
            if (!sleep_for(seconds, link)) return Stopped{};
            metrics[trial.goal.metric] =
                problems::learning_curve(trial.problem, params, trial.seed, done, epochs);
            Measurement measurement;
            measurement.epoch = done++;
            measurement.metrics = metrics;
            measurement.elapsed = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
            save(checkpoint, done);
            link.checkpoint_saved(measurement.epoch, checkpoint);
            if (!link.epoch_ended(measurement)) return Stopped{};
        }
        return Completed{metrics, epochs - 1, ""};
    }
};

}  // namespace

std::unique_ptr<Objective> make_problem_objective() {
    return std::make_unique<ProblemObjective>();
}

}  // namespace o2v::worker
