#include "orchestrator/bench/scale.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <random>

#include "orchestrator/bench/scripted_executor.hpp"
#include "orchestrator/bench/timed.hpp"
#include "orchestrator/tuner.hpp"
#include "search/catalog.hpp"
#include "search/problems/problems.hpp"
#include "search/study/errors.hpp"

namespace o2v::bench_scale {
namespace {

using namespace orchestrator;
using Clock = std::chrono::steady_clock;

Experiment experiment_of(const ScaleOptions& options, const problems::ProblemInfo& problem) {
    Experiment experiment;
    experiment.problem = problem.name;
    experiment.study.name = "scale";
    experiment.study.goal = problem.goal;
    experiment.study.space = problem.space;
    experiment.study.fixed["epochs"] = options.epochs;
    experiment.study.search.strategy = options.strategy;
    experiment.study.search.seed = options.seed;
    experiment.study.pruner.type = options.pruner;
    experiment.study.budget.trials = options.trials;
    return experiment;
}

// The reports of a trial's epochs and its completion, with the problem's values.
Script curves_of(const ScaleOptions& options, const problems::ProblemInfo& problem) {
    return [&options, &problem](int slot, const protocol::StartTrial& trial) {
        std::deque<Happening> script;
        double value = 0;
        for (std::int64_t epoch = trial.epochs_recorded; epoch < options.epochs; ++epoch) {
            value = problems::learning_curve(problem.name, trial.hyperparameters, trial.seed, epoch,
                                             options.epochs);
            const Measurement report{
                epoch, {{problem.goal.metric, value}}, std::chrono::milliseconds(1), 1, 1};
            script.push_back(TrialMessage{slot, protocol::EpochEnded{trial.trial, trial.attempt, report}});
        }
        script.push_back(TrialMessage{
            slot, protocol::TrialCompleted{
                      trial.trial, trial.attempt, {{problem.goal.metric, value}}, options.epochs - 1, ""}});
        return script;
    };
}

ScriptedExecutor::Takes durations_of(const ScaleOptions& options) {
    if (options.epoch_seconds <= 0) return nullptr;
    return [seconds = options.epoch_seconds, random = std::mt19937_64(options.seed),
            share = std::uniform_real_distribution(0.5, 1.5)](const Happening& happening) mutable {
        const auto* said = std::get_if<TrialMessage>(&happening);
        const bool is_epoch = said && std::holds_alternative<protocol::EpochEnded>(said->message);
        return std::chrono::nanoseconds(is_epoch ? std::llround(seconds * share(random) * 1e9) : 0);
    };
}

}  // namespace

ScaleResult play(const ScaleOptions& options) {
    const problems::ProblemInfo* problem = problems::find_problem(options.problem);
    if (!problem) throw InputError("problem", options.problem, "is none of search/problems");
    const Experiment experiment = experiment_of(options, *problem);
    const auto searcher = search::make_searcher(experiment.study);
    const auto pruner = search::make_pruner(experiment.study);
    std::filesystem::create_directories(options.folder);
    const std::string database = options.folder + "/scale.db";
    const auto remove = [&database] {
        for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(database + end);
    };
    remove();
    auto storage = open_sqlite_storage(database, OpenMode::read_write);
    storage->create({"scale", "{}", "{}", "{}", "{}"});

    ScriptedExecutor executor(options.workers, curves_of(options, *problem), durations_of(options));
    executor.one_at_a_time = false;
    executor.remembers = false;
    const TimedSearcher timed_searcher(*searcher);
    TimedStorage timed_storage(*storage);
    TimedExecutor timed_executor(executor);
    StudyObserver nobody;
    Study study(experiment.study);
    Tuner tuner(experiment, study, timed_storage, timed_searcher, *pruner, timed_executor, nobody,
                {options.folder, {}, {}, 10});
    const auto began = Clock::now();
    const double cpu_began = cpu_now();
    tuner.run();

    ScaleResult result;
    const double cpu = cpu_now() - cpu_began;
    result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    result.trials = std::ssize(study.ended());
    result.happenings = timed_executor.happenings;
    result.storage_cpu = timed_storage.seconds;
    for (const double seconds : timed_searcher.each) {
        result.search_cpu += seconds;
        result.suggestions.push_back(seconds * 1000);
    }
    result.loop_cpu = cpu - result.search_cpu - result.storage_cpu - timed_executor.seconds;
    for (const auto waited : executor.answered_after)
        result.answers.push_back(std::chrono::duration<double>(waited).count());
    storage.reset();
    result.database_bytes = static_cast<std::int64_t>(std::filesystem::file_size(database));
    remove();
    return result;
}

double quantile(std::vector<double> values, double share) {
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    const auto at =
        std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
    return values[at];
}

}  // namespace o2v::bench_scale
