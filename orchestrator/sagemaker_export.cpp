#include "orchestrator/sagemaker_export.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "orchestrator/cut_text.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

struct TrialTimes {
    std::optional<milliseconds> created, started, ended;
};
using Times = std::map<TrialId, TrialTimes>;

Times times_of(const std::vector<TimedEvent>& events) {
    Times times;
    for (const TimedEvent& timed : events) {
        TrialTimes& of = times[trial_of(timed.event)];
        if (std::holds_alternative<TrialCreated>(timed.event)) of.created = timed.at;
        if (std::holds_alternative<AttemptStarted>(timed.event) && !of.started) of.started = timed.at;
        if (std::holds_alternative<TrialEnded>(timed.event)) of.ended = timed.at;
    }
    return times;
}

// As the AWS command line writes times, in UTC.
std::string time_text(milliseconds since_1970) {
    const std::time_t seconds = since_1970.count() / 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}000+00:00", fmt::gmtime(seconds),
                       since_1970.count() % 1000);
}

void put_time(Json& json, const char* key, const std::optional<milliseconds>& at) {
    if (at) json[key] = time_text(*at);
}

// "slot-0/pid-4711" -> "slot-0".
int slots_seen(const std::vector<TimedEvent>& events) {
    std::set<std::string> slots;
    for (const TimedEvent& timed : events)
        if (const auto* started = std::get_if<AttemptStarted>(&timed.event))
            slots.insert(started->worker.substr(0, started->worker.find('/')));
    return std::max(1, static_cast<int>(slots.size()));
}

struct Standing {
    const char* status;     // TrainingJobStatus
    const char* objective;  // ObjectiveStatus
    std::string why;        // FailureReason
};

Standing standing_of(const Trial& trial, const Goal& goal, bool running) {
    const std::optional<double> value = trial.value(goal);
    const bool has_value = value && std::isfinite(*value);
    if (!trial.ending) {
        if (running && trial.state() != TrialState::paused) return {"InProgress", "Pending", ""};
        return {"Stopped", has_value ? "Succeeded" : "Failed", ""};
    }
    if (const auto* failed = std::get_if<Failure>(&*trial.ending))
        return {"Failed", "Failed", failed->message};
    const auto* pruned = std::get_if<Pruned>(&*trial.ending);
    if (pruned && pruned->diverged) return {"Failed", "Failed", pruned->reason};
    return {pruned ? "Stopped" : "Completed", has_value ? "Succeeded" : "Failed", ""};
}

Json metric_json(const Goal& goal, double value, bool with_type) {
    Json metric = Json::object();
    if (with_type) metric["Type"] = goal.direction == Direction::maximize ? "Maximize" : "Minimize";
    metric["MetricName"] = goal.metric;
    metric["Value"] = value;
    return metric;
}

class Description {
  public:
    explicit Description(const RecordedStudy& recorded)
        : recorded_(recorded),
          study_(recorded.study),
          goal_(study_.spec().goal),
          times_(times_of(recorded.events)),
          name_(tuning_job_name(study_.spec().name)) {}

    void put_standing(Json& json) const {
        json["HyperParameterTuningJobStatus"] = status();
        if (status() == std::string_view("Failed")) json["FailureReason"] = "All training jobs have failed.";
        std::optional<milliseconds> first, last;
        if (!recorded_.runs.empty()) first = recorded_.runs.front().started;
        for (const TimedRun& run : recorded_.runs) last = std::max(last.value_or(run.touched), run.touched);
        put_time(json, "CreationTime", first);
        if (!recorded_.running) put_time(json, "HyperParameterTuningEndTime", last);
        put_time(json, "LastModifiedTime", last);
    }

    void put_counters(Json& json) const {
        std::map<std::string, std::int64_t> jobs, objectives;
        std::int64_t retryable = 0;
        for (const Trial& trial : study_.trials()) {
            const Standing standing = standing_of(trial, goal_, recorded_.running);
            ++jobs[standing.status];
            ++objectives[standing.objective];
            if (trial.state() == TrialState::waiting && trial.counted_failures() > 0) ++retryable;
        }
        json["TrainingJobStatusCounters"] = {{"Completed", jobs["Completed"]},
                                             {"InProgress", jobs["InProgress"]},
                                             {"RetryableError", retryable},
                                             {"NonRetryableError", jobs["Failed"]},
                                             {"Stopped", jobs["Stopped"]}};
        json["ObjectiveStatusCounters"] = {{"Succeeded", objectives["Succeeded"]},
                                           {"Pending", objectives["Pending"]},
                                           {"Failed", objectives["Failed"]}};
    }

    void put_best(Json& json) const {
        const Trial* best = study_.best();
        if (best) json["BestTrainingJob"] = summary(*best, /*with_type=*/true);
        if (study_.spec().prior.empty() || study_.spec().warm_start != WarmStart::identical) return;
        const PriorTrial* prior = nullptr;
        for (const PriorTrial& one : study_.spec().prior)
            if (std::isfinite(one.value) && (!prior || better(goal_, one.value, prior->value))) prior = &one;
        if (prior && (!best || better(goal_, prior->value, *best->value(goal_))))
            json["OverallBestTrainingJob"] = of_parent(*prior);
        else if (best)
            json["OverallBestTrainingJob"] = json["BestTrainingJob"];
    }

    void put_consumption(Json& json) const {
        json["TuningJobCompletionDetails"] = {
            {"NumberOfTrainingJobsObjectiveNotImproving", study_.ended_since_best()}};
        json["ConsumedResources"] = {{"RuntimeInSeconds", runtime().count() / 1000}};
    }

    Json summaries() const {
        Json list = Json::array();
        for (const Trial& trial : study_.trials()) list.push_back(summary(trial, /*with_type=*/false));
        return list;
    }

  private:
    milliseconds runtime() const {
        milliseconds sum{0};
        for (const TimedRun& run : recorded_.runs) sum += run.touched - run.started;
        return sum;
    }

    const char* status() const {
        if (recorded_.running) return "InProgress";
        const auto& trials = study_.trials();
        const bool all_ended = study_.ended().size() == trials.size();
        if (all_ended && !trials.empty() && study_.count(TrialState::failed) == trials.size())
            return "Failed";
        return all_ended && reached() ? "Completed" : "Stopped";
    }

    // Has anything that ends the study come about? Of a search that has come to its own end, and of an
    // expected gain, nothing else is on record.
    bool reached() const {
        const Budget& budget = study_.spec().budget;
        if (!budget.trials || budget.expected_gain || study_.spec().search.strategy == "grid") return true;
        const auto ended = static_cast<std::int64_t>(study_.ended().size());
        if (ended >= *budget.trials || (budget.time && runtime() >= *budget.time)) return true;
        if (budget.no_improvement && study_.ended_since_best() >= *budget.no_improvement) return true;
        const Trial* best = study_.best();
        return budget.target && best && !better(goal_, *budget.target, *best->value(goal_));
    }

    Json summary(const Trial& trial, bool with_type) const {
        const Standing standing = standing_of(trial, goal_, recorded_.running);
        const auto at = times_.find(trial.id);
        const TrialTimes times = at == times_.end() ? TrialTimes{} : at->second;
        Json json{{"TrainingJobName", fmt::format("{}-{:03}", name_, trial.id)}, {"TuningJobName", name_}};
        put_time(json, "CreationTime", times.created);
        put_time(json, "TrainingStartTime", times.started);
        put_time(json, "TrainingEndTime", times.ended);
        json["TrainingJobStatus"] = standing.status;
        json["TunedHyperParameters"] = tuned(trial.params);
        if (!standing.why.empty()) json["FailureReason"] = cut_text(standing.why, kLongestReason);
        if (const auto value = trial.value(goal_); value && std::isfinite(*value))
            json["FinalHyperParameterTuningJobObjectiveMetric"] = metric_json(goal_, *value, with_type);
        json["ObjectiveStatus"] = standing.objective;
        return json;
    }

    Json of_parent(const PriorTrial& prior) const {
        Json json = Json::object();
        const auto& parents = recorded_.experiment.warm_start;
        if (prior.study >= 0 && static_cast<std::size_t>(prior.study) < parents.size())
            json["TuningJobName"] = parent_job_name(parents[static_cast<std::size_t>(prior.study)]);
        json["TunedHyperParameters"] = tuned(prior.params);
        json["FinalHyperParameterTuningJobObjectiveMetric"] = metric_json(goal_, prior.value, true);
        json["ObjectiveStatus"] = "Succeeded";
        return json;
    }

    static Json tuned(const Assignment& params) {
        Json json = Json::object();
        for (const auto& [name, value] : params) json[name] = to_text(value);
        return json;
    }

    static constexpr std::size_t kLongestReason = 1024;

    const RecordedStudy& recorded_;
    const Study& study_;
    const Goal& goal_;
    Times times_;
    std::string name_;
};

}  // namespace

RecordedStudy record_of(const RunFolder& folder) {
    StudyTail tail(folder.database());
    RecordedStudy recorded{tail.experiment(), Study(tail.experiment().study), tail.next(), tail.runs(),
                           false};
    for (const TimedEvent& timed : recorded.events) recorded.study.apply(timed.event);
    recorded.running = !RunLock::holder(folder).empty();
    return recorded;
}

TuningJob describe_tuning_job(const RecordedStudy& recorded) {
    TuningJob job = tuning_request_of(recorded.experiment, slots_seen(recorded.events));
    const Description description(recorded);
    description.put_standing(job.description);
    description.put_counters(job.description);
    description.put_best(job.description);
    description.put_consumption(job.description);
    job.description["TrainingJobSummaries"] = description.summaries();
    return job;
}

}  // namespace o2v::orchestrator
