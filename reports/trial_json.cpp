#include <nlohmann/json.hpp>

#include "reports/json.hpp"
#include "reports/leaderboard.hpp"

namespace o2v::reports {
namespace {

Json json_of(const Attempt& attempt) {
    Json json;
    json["attempt"] = attempt.started.attempt;
    json["worker"] = attempt.started.worker;
    json["device"] = attempt.started.device;
    json["host"] = attempt.started.host;
    json["cores"] = attempt.started.cores;
    json["failure"] = nullptr;
    if (attempt.failure)
        json["failure"] = {{"kind", to_text(attempt.failure->kind)}, {"message", attempt.failure->message}};
    return json;
}

Json json_of(const Measurement& measurement) {
    Json json;
    json["epoch"] = measurement.epoch;
    json["metrics"] = reports::json_of(measurement.metrics);
    json["seconds"] = static_cast<double>(measurement.elapsed.count()) / 1000;
    json["pairs_per_second"] = json_number(measurement.pairs_per_second);
    json["peak_memory_bytes"] = measurement.peak_memory_bytes;
    if (measurement.joules) json["joules"] = json_number(*measurement.joules);
    return json;
}

Json json_of(const Checkpoint& checkpoint) {
    return {{"path", checkpoint.path}, {"epoch", checkpoint.epoch}};
}

}  // namespace

// The leaderboard's object and, besides, "fixed", "attempts", "curve", "checkpoint" and, of a completed
// trial, "best_epoch" and "model_path".
std::string trial_json(const Study& study, TrialId id) {
    const Trial& trial = study.trial(id);
    Json json = json_summary(trial, study);
    json["fixed"] = reports::json_of(study.spec().fixed);
    json["attempts"] = Json::array();
    for (const Attempt& attempt : trial.attempts) json["attempts"].push_back(json_of(attempt));
    json["curve"] = Json::array();
    for (const Measurement& measurement : trial.curve) json["curve"].push_back(json_of(measurement));
    json["checkpoint"] = trial.checkpoint ? json_of(*trial.checkpoint) : Json(nullptr);
    if (const auto* completed = trial.ending ? std::get_if<Completed>(&*trial.ending) : nullptr) {
        json["best_epoch"] = completed->best_epoch;
        json["model_path"] = completed->model_path;
    }
    return dumped(json);
}

}  // namespace o2v::reports
