#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/page_json.hpp"
#include "reports/trial_facts.hpp"

namespace o2v::reports {
namespace {

Json number_or_null(const std::optional<double>& value) {
    return value ? json_number(*value) : Json(nullptr);
}

// "slot-2/pid-4711" -> "2"; the worker itself when it is of no slot.
std::string slot_of(const std::string& worker) {
    constexpr std::string_view kSlot = "slot-";
    if (!worker.starts_with(kSlot)) return worker;
    return worker.substr(kSlot.size(), worker.find('/') - kSlot.size());
}

Json attempts_json(const Trial& trial, const PageExtras& extras) {
    Json array = Json::array();
    const auto times = extras.attempts.find(trial.id);
    for (std::size_t i = 0; i < trial.attempts.size(); ++i) {
        const Attempt& attempt = trial.attempts[i];
        const bool timed = times != extras.attempts.end() && i < times->second.size();
        Json json;
        json["attempt"] = attempt.started.attempt;
        json["slot"] = slot_of(attempt.started.worker);
        json["worker"] = attempt.started.worker;
        json["device"] = attempt.started.device;
        json["host"] = attempt.started.host;
        json["cores"] = cores_text(attempt.started.cores);
        json["start"] = timed ? json_number(times->second[i].start) : Json(nullptr);
        json["end"] = timed ? number_or_null(times->second[i].end) : Json(nullptr);
        json["failure"] = nullptr;
        if (attempt.failure)
            json["failure"] = {{"kind", to_text(attempt.failure->kind)},
                               {"message", attempt.failure->message}};
        array.push_back(std::move(json));
    }
    return array;
}

// By metric, an entry an epoch: null where it was not reported.
Json curve_json(const Trial& trial, const std::vector<std::string>& metrics) {
    Json curve = Json::object();
    for (const std::string& metric : metrics) {
        Json values = Json::array();
        bool any = false;
        for (const Measurement& measurement : trial.curve) {
            const auto found = measurement.metrics.find(metric);
            const bool there = found != measurement.metrics.end();
            any = any || there;
            values.push_back(there ? json_number(found->second) : Json(nullptr));
        }
        if (any) curve[metric] = std::move(values);
    }
    return curve;
}

std::vector<std::string> metrics_of_curve(const Trial& trial) {
    std::vector<std::string> names;
    for (const Measurement& measurement : trial.curve)
        for (const auto& [name, value] : measurement.metrics)
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    return names;
}

}  // namespace

PageTrials::PageTrials(const Study& study) : study_(study), ended_(study.trials().size()) {
    for (std::size_t i = 0; i < study.ended().size(); ++i)
        ended_[static_cast<std::size_t>(study.ended()[i])] = i;
    std::size_t numbers = 0;
    for (const Trial& trial : study.trials())
        for (const Measurement& measurement : trial.curve) numbers += measurement.metrics.size();
    if (numbers <= kCurveNumbers) return;
    curves_.emplace();
    for (const Goal& goal : study.goals()) curves_->push_back(goal.metric);
}

Json PageTrials::json(TrialId id, const PageExtras& extras) const {
    const Trial& trial = study_.trial(id);
    const auto place = static_cast<std::size_t>(id);
    const bool completed = trial.state() == TrialState::completed;
    Json json;
    json["id"] = trial.id;
    json["state"] = to_text(trial.state());
    json["ended"] = ended_[place] ? Json(*ended_[place]) : Json(nullptr);
    json["value"] = number_or_null(trial.value(study_.spec().goal));
    const std::vector<std::optional<double>> values = judged_values(study_, trial);
    const std::vector<std::string> judged = study_.judged_metrics();
    for (std::size_t i = 0; i < judged.size(); ++i) json["values"][judged[i]] = number_or_null(values[i]);
    json["feasible"] = completed ? Json(study_.feasible(trial)) : Json(nullptr);
    json["violation"] = completed ? json_number(study_.violation(trial)) : Json(nullptr);
    json["reason"] = reason_of(trial);
    json["why"] = trial.why;
    json["params"] = json_of(trial.params);
    json["seed"] = std::to_string(trial.seed);
    json["epochs"] = trial.curve.size();
    const std::optional<std::int64_t> planned = planned_epochs(study_.spec(), trial.params);
    json["planned"] = planned ? Json(*planned) : Json(nullptr);
    json["seconds"] = seconds_of(trial);
    const std::optional<double> joules = joules_of(trial);
    if (joules) json["joules"] = json_number(*joules);
    json["best_epoch"] = nullptr;
    json["model"] = false;
    json["diverged"] = false;
    if (trial.ending) {
        if (const auto* done = std::get_if<Completed>(&*trial.ending)) {
            json["best_epoch"] = done->best_epoch;
            json["model"] = !done->model_path.empty();
        }
        if (const auto* pruned = std::get_if<Pruned>(&*trial.ending)) json["diverged"] = pruned->diverged;
    }
    json["metrics"] = json_of(metrics_of(trial));
    json["pauses"] = trial.pauses;
    json["fork"] = nullptr;
    if (trial.fork) json["fork"] = {{"parent", trial.fork->parent}, {"epoch", trial.fork->epoch}};
    json["attempts"] = attempts_json(trial, extras);
    json["curve"] = curve_json(trial, curves_ ? *curves_ : metrics_of_curve(trial));
    json["epoch_seconds"] = Json::array();
    json["speed"] = Json::array();
    std::int64_t memory = 0;
    for (const Measurement& measurement : trial.curve) {
        json["epoch_seconds"].push_back(static_cast<double>(measurement.elapsed.count()) / 1000);
        json["speed"].push_back(json_number(measurement.pairs_per_second));
        memory = std::max(memory, measurement.peak_memory_bytes);
    }
    json["memory"] = memory;
    const auto log = extras.logs.find(id);
    json["log"] = log == extras.logs.end() ? Json(nullptr) : Json(log->second);
    return json;
}

}  // namespace o2v::reports
