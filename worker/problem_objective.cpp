#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "model/data/durable_file.hpp"
#include "search/problems/problems.hpp"
#include "search/study/errors.hpp"
#include "worker/objective.hpp"
#include "worker/restart.hpp"

namespace o2v::worker {
namespace {

double number_or(const Assignment& params, const char* name, double standard) {
    const auto found = params.find(name);
    if (found == params.end()) return standard;
    if (std::holds_alternative<std::string>(found->second))
        throw InputError(name, to_text(found->second), "must be a number");
    return to_number(found->second);
}

constexpr const char* kFormat = "o2v-problem-checkpoint/1 ";

// The checkpoint of a problem is the number of epochs done. Throws StorageError.
std::int64_t read_checkpoint(const std::string& path) {
    const std::string content = data::read_sealed(path);
    if (!content.starts_with(kFormat)) throw StorageError(path + ": is no checkpoint of a problem");
    return std::stoll(content.substr(std::strlen(kFormat)));
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

// Plays a learning curve of search/problems, from start to outcome.
class Play {
  public:
    Play(const protocol::StartTrial& trial, TrialLink& link)
        : trial_(trial),
          link_(link),
          epochs_(static_cast<std::int64_t>(number_or(trial.hyperparameters, "epochs", 10))),
          seconds_(number_or(trial.hyperparameters, "epoch_seconds", 0)),
          between_checkpoints_(
              number_or(trial.hyperparameters, "checkpoint_seconds", trial.checkpoint_seconds)) {}

    Outcome run() {
        restart(trial_, [this](const std::string& path, bool) {
            const std::int64_t done = read_checkpoint(path);
            require_on_record(trial_, path, done);
            saved_ = done_ = done;
        });
        Metrics metrics;
        if (done_ > 0) metrics[trial_.goal.metric] = value(std::min(done_, epochs_) - 1);
        saved_at_ = Clock::now();
        while (done_ < epochs_) {
            if (!sleep_for(seconds_, link_)) return leave();
            metrics[trial_.goal.metric] = value(done_);
            Measurement measurement;
            measurement.epoch = done_++;
            measurement.metrics = metrics;
            measurement.elapsed = std::chrono::milliseconds(static_cast<std::int64_t>(seconds_ * 1000));
            if (!link_.epoch_ended(measurement)) return leave();
            if (done_ < epochs_ && checkpoint_due()) save();
        }
        return Completed{metrics, epochs_ - 1, ""};
    }

  private:
    using Clock = std::chrono::steady_clock;

    double value(std::int64_t epoch) const {
        return problems::learning_curve(trial_.problem, trial_.hyperparameters, trial_.seed, epoch, epochs_);
    }
    bool checkpoint_due() const {
        return std::chrono::duration<double>(Clock::now() - saved_at_).count() >= between_checkpoints_;
    }
    void save() {
        if (done_ == saved_) return;
        const std::string path = trial_.folder + "/checkpoint";
        std::error_code error;
        std::filesystem::create_directories(trial_.folder, error);
        if (error) throw storage_error(trial_.folder, "cannot be created", error.value());
        data::write_sealed(path, kFormat + std::to_string(done_) + '\n', data::Former::kept);
        saved_ = done_;
        saved_at_ = Clock::now();
        link_.checkpoint_saved(done_ - 1, path);
    }
    Outcome leave() {
        if (link_.save_wanted()) save();
        return Stopped{};
    }

    const protocol::StartTrial& trial_;
    TrialLink& link_;
    std::int64_t epochs_;
    double seconds_, between_checkpoints_;
    std::int64_t done_ = 0, saved_ = 0;
    Clock::time_point saved_at_;
};

// Besides the problem's own parameters: epochs (10), epoch_seconds (0), the time an epoch pretends to take,
// and checkpoint_seconds in place of the trial's.
class ProblemObjective final : public Objective {
  public:
    Outcome run(const protocol::StartTrial& trial, TrialLink& link) override {
        try {
            return Play(trial, link).run();
        } catch (const InputError& e) {
            return Failure{FailureKind::bad_config, e.what()};
        }
    }
};

}  // namespace

std::unique_ptr<Objective> make_problem_objective() {
    return std::make_unique<ProblemObjective>();
}

}  // namespace o2v::worker
