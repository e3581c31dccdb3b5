#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "search/study/errors.hpp"
#include "worker/command_run.hpp"
#include "worker/objective.hpp"
#include "worker/protocol/json.hpp"
#include "worker/protocol/trial_files.hpp"

namespace o2v::worker {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// From SIGTERM to SIGKILL: of a trial that goes on later, and of one that does not.
constexpr milliseconds kGraceToSave{10'000}, kGrace{2'000};

std::string environment_value(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

// This process's environment, with what the trial adds to it.
std::vector<std::string> environment_of(const protocol::StartTrial& trial, const protocol::TrialFiles& files,
                                        const std::string& mark) {
    const std::string outer = environment_value("O2V_GUARD");
    Assignment own{{"O2V_TRIAL", trial.trial},
                   {"O2V_ATTEMPT", std::int64_t{trial.attempt}},
                   {"O2V_SEED", std::to_string(trial.seed)},
                   {"O2V_PARAMS_FILE", files.params().string()},
                   {"O2V_CHECKPOINT_DIR", files.saved().string()},
                   {"O2V_GUARD", outer.empty() ? mark : outer + ':' + mark}};
    // Python would keep lines in a pipe until there are many.
    if (!std::getenv("PYTHONUNBUFFERED")) own.emplace("PYTHONUNBUFFERED", std::int64_t{1});
    for (const auto& [name, value] : trial.hyperparameters)
        own.insert_or_assign(protocol::environment_name(name), value);
    std::vector<std::string> environment;
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view text = *entry;
        const std::string_view name = text.substr(0, text.find('='));
        // Of an outer trial, when o2v-tune is itself what a trial runs.
        if (!own.contains(name) && !name.starts_with("O2V_HP_")) environment.emplace_back(text);
    }
    for (const auto& [name, value] : own) environment.push_back(name + '=' + to_text(value));
    return environment;
}

std::vector<std::string> arguments_of(const protocol::StartTrial& trial) {
    std::vector<std::string> arguments;
    for (const std::string& argument : trial.command.arguments)
        if (auto whole = protocol::substitute(argument, trial.hyperparameters))
            arguments.push_back(*std::move(whole));
    if (arguments.empty()) throw InputError("command", "", "has no argument left for these parameters");
    return arguments;
}

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status))
        return "was killed by signal " + std::to_string(WTERMSIG(status)) + " (" +
               strsignal(WTERMSIG(status)) + ")";
    return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

// As long as it lives, a stop wakes the run.
class Waking {
  public:
    Waking(TrialLink& link, CommandRun& run) : link_(link) {
        link.on_stop([&run] { run.wake(); });
    }
    ~Waking() { link_.on_stop({}); }
    Waking(const Waking&) = delete;
    Waking& operator=(const Waking&) = delete;

  private:
    TrialLink& link_;
};

void write(const fs::path& path, const std::string& text, std::ios::openmode mode = std::ios::out) {
    std::ofstream file(path, mode);
    if (!(file << text << '\n' << std::flush))
        throw std::runtime_error(path.string() + ": cannot be written: " + std::strerror(errno));
}

// From its first program's start to its outcome. What earlier attempts have said counts only when they have
// left something to go on from.
class CommandTrial {
  public:
    CommandTrial(const protocol::StartTrial& trial, TrialLink& link, Guard& guard)
        : trial_(trial), link_(link), guard_(guard), files_(trial.folder) {
        if (!files_.has_saved()) fs::remove(files_.seen());
    }

    Outcome run() {
        const SeenBefore before = read_seen(files_.seen().string());
        for (const EpochSeen& seen : before.epochs)
            if (auto outcome = take(seen, /*again=*/true)) return *std::move(outcome);
        if (before.ended && !curve_.empty()) return completed(*before.ended);

        write(files_.params(), protocol::to_json(trial_.hyperparameters).dump());
        if (trial_.attempt > 1)
            write(files_.log(), "[attempt " + std::to_string(trial_.attempt) + "]", std::ios::app);
        const Launch launch{arguments_of(trial_), environment_of(trial_, files_, guard_.mark()),
                            trial_.command.folder};
        name_ = launch.arguments.front();
        try {
            CommandRun run(launch, guard_, MetricReader(trial_.command.metrics, trial_.goal.metric),
                           files_.log().string(), files_.seen().string());
            const Waking waking(link_, run);
            return follow(run);
        } catch (const std::system_error& e) {
            const bool transient = e.code() == std::errc::resource_unavailable_try_again ||
                                   e.code() == std::errc::not_enough_memory ||
                                   e.code() == std::errc::too_many_files_open ||
                                   e.code() == std::errc::text_file_busy;
            return Failure{transient ? FailureKind::crashed : FailureKind::bad_config,
                           name_ + " cannot be started: " + e.code().message()};
        }
    }

  private:
    Outcome follow(CommandRun& run) {
        for (;;) {
            Next next = run.next([this] { return link_.stopping(); });
            if (const auto* ended = std::get_if<Ended>(&next)) return outcome_of(ended->status, run);
            std::optional<Outcome> outcome;
            if (const auto* seen = std::get_if<EpochSeen>(&next))
                outcome = take(*seen, /*again=*/false);
            else if (auto* failure = std::get_if<Failure>(&next))
                outcome = std::move(*failure);
            else
                outcome = Stopped{};
            if (!outcome) continue;
            run.stop(link_.save_wanted() ? kGraceToSave : kGrace);
            return *std::move(outcome);
        }
    }

    // nullopt = the trial goes on. What is seen again is reported only where that has not been done.
    std::optional<Outcome> take(const EpochSeen& seen, bool again) {
        Measurement measurement;
        measurement.epoch = count_.take(seen.line.told);
        measurement.metrics = seen.line.metrics;
        measurement.elapsed = seen.elapsed;
        const double value = seen.line.metrics.at(trial_.goal.metric);
        if (!std::isfinite(value))
            return Pruned{trial_.goal.metric + " was " + to_text(ParamValue(value)) + " in epoch " +
                              std::to_string(measurement.epoch),
                          /*diverged=*/true};
        const auto at = static_cast<std::size_t>(measurement.epoch);
        if (at >= curve_.size()) curve_.resize(at + 1);
        curve_[at] = measurement.metrics;
        last_ = measurement.epoch;
        if (again && measurement.epoch < trial_.epochs_recorded) return std::nullopt;
        return link_.epoch_ended(measurement) ? std::nullopt : std::optional<Outcome>(Stopped{});
    }

    Outcome outcome_of(int status, const CommandRun& run) const {
        const std::string lines = run.last_lines();
        const std::string end =
            lines.empty() ? "; it printed nothing" : "; the last lines of its output:\n" + lines;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            return Failure{FailureKind::crashed, name_ + " " + how_it_ended(status) + end};
        if (!curve_.empty()) return completed(run.latest());
        std::string regex;
        for (const protocol::MetricDefinition& definition : trial_.command.metrics)
            if (definition.name == trial_.goal.metric) regex = definition.regex;
        return Failure{FailureKind::bad_config, name_ + " ended well, but printed no line that matches " +
                                                    trial_.goal.metric + ", " + regex + end};
    }

    // `latest`: of metrics that the epoch lacks.
    Outcome completed(const Metrics& latest) const {
        std::int64_t kept = last_;
        if (trial_.command.value == protocol::ValueRule::best)
            for (std::int64_t epoch = 0; epoch < std::ssize(curve_); ++epoch)
                if (better(trial_.goal, value_at(epoch), value_at(kept)) ||
                    (value_at(epoch) == value_at(kept) && epoch < kept))
                    kept = epoch;
        Metrics metrics = curve_[static_cast<std::size_t>(kept)];
        metrics.insert(latest.begin(), latest.end());
        const std::string left = files_.has_saved() ? files_.saved().string() : "";
        return Completed{std::move(metrics), kept, left};
    }

    double value_at(std::int64_t epoch) const {
        return curve_[static_cast<std::size_t>(epoch)].at(trial_.goal.metric);
    }

    const protocol::StartTrial& trial_;
    TrialLink& link_;
    Guard& guard_;
    protocol::TrialFiles files_;
    EpochCount count_;
    std::vector<Metrics> curve_;  // by epoch, of all attempts that count
    std::int64_t last_ = 0;       // the epoch that ended last
    std::string name_;
};

class CommandObjective final : public Objective {
  public:
    Outcome run(const protocol::StartTrial& trial, TrialLink& link) override {
        try {
            return CommandTrial(trial, link, guard_).run();
        } catch (const InputError& e) {
            return Failure{FailureKind::bad_config, e.what()};
        }
    }

  private:
    Guard guard_;
};

}  // namespace

std::unique_ptr<Objective> make_command_objective() {
    return std::make_unique<CommandObjective>();
}

}  // namespace o2v::worker
