#include "reports/export.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "reports/csv.hpp"
#include "reports/json.hpp"
#include "reports/leaderboard.hpp"
#include "reports/trial_facts.hpp"

namespace o2v::reports {
namespace {

void add_metrics(const std::set<std::string>& names, const Metrics& metrics,
                 std::vector<std::string>& fields) {
    for (const std::string& name : names) {
        const auto found = metrics.find(name);
        fields.push_back(found == metrics.end() ? "" : csv_field(found->second));
    }
}

void add_names(const Metrics& metrics, std::set<std::string>& names) {
    for (const auto& [name, value] : metrics) names.insert(name);
}

bool is_measured(const Trial& trial) {
    return std::any_of(trial.curve.begin(), trial.curve.end(),
                       [](const Measurement& epoch) { return epoch.joules.has_value(); });
}

// Is there any energy to tell of?
bool is_measured(const Study& study) {
    return std::any_of(study.trials().begin(), study.trials().end(),
                       [](const Trial& trial) { return is_measured(trial); });
}

}  // namespace

void export_trials_csv(const Study& study, const Sink& sink) {
    std::set<std::string> metrics, parameters;
    for (const auto& [name, value] : study.spec().fixed) parameters.insert(name);
    for (const Trial& trial : study.trials()) {
        add_names(metrics_of(trial), metrics);
        for (const auto& [name, value] : trial.params) parameters.insert(name);
    }
    std::vector<std::string> fields{"trial", "state"};
    fields.insert(fields.end(), metrics.begin(), metrics.end());
    fields.insert(fields.end(), parameters.begin(), parameters.end());
    fields.insert(fields.end(),
                  {"seed", "epochs_run", "seconds", "attempts", "best_epoch", "model_path", "reason", "why"});
    const bool energy = is_measured(study);
    if (energy) fields.emplace_back("joules");
    sink(csv_line(fields));
    for (const Trial& trial : study.trials()) {
        fields = {std::to_string(trial.id), std::string(to_text(trial.state()))};
        add_metrics(metrics, metrics_of(trial), fields);
        const Assignment configuration = configuration_of(study, trial);
        for (const std::string& name : parameters) fields.push_back(csv_field(configuration, name));
        const auto* completed = trial.ending ? std::get_if<Completed>(&*trial.ending) : nullptr;
        fields.insert(fields.end(), {std::to_string(trial.seed), std::to_string(trial.curve.size()),
                                     csv_field(seconds_of(trial)), std::to_string(trial.attempts.size()),
                                     completed ? std::to_string(completed->best_epoch) : "",
                                     completed ? completed->model_path : "", reason_of(trial), trial.why});
        if (energy) fields.push_back(csv_field(joules_of(trial)));
        sink(csv_line(fields));
    }
}

void export_curves_csv(const Study& study, const Sink& sink) {
    std::set<std::string> metrics;
    for (const Trial& trial : study.trials())
        for (const Measurement& epoch : trial.curve) add_names(epoch.metrics, metrics);
    std::vector<std::string> fields{"trial", "epoch", "seconds", "pairs_per_second", "peak_memory_bytes"};
    const bool energy = is_measured(study);
    if (energy) fields.emplace_back("joules");
    fields.insert(fields.end(), metrics.begin(), metrics.end());
    sink(csv_line(fields));
    for (const Trial& trial : study.trials()) {
        for (const Measurement& epoch : trial.curve) {
            fields = {std::to_string(trial.id), std::to_string(epoch.epoch),
                      csv_field(static_cast<double>(epoch.elapsed.count()) / 1000),
                      csv_field(epoch.pairs_per_second), std::to_string(epoch.peak_memory_bytes)};
            if (energy) fields.push_back(csv_field(epoch.joules));
            add_metrics(metrics, epoch.metrics, fields);
            sink(csv_line(fields));
        }
    }
}

void export_json(const Study& study, const Sink& sink) {
    Json head;
    head["name"] = study.spec().name;
    for (const Goal& goal : study.goals())
        head["goals"].push_back({{"metric", goal.metric}, {"direction", to_text(goal.direction)}});
    head["fixed"] = json_of(study.spec().fixed);
    std::string text = dumped(head);
    text.resize(text.rfind('\n', text.size() - 2));  // before the closing brace's line
    sink(text + ",\n  \"trials\": [");
    for (const Trial& trial : study.trials()) {
        sink(trial.id == 0 ? "\n" : ",\n");
        std::string one = trial_json(study, trial.id);
        one.pop_back();
        sink(one);
    }
    sink("\n  ]\n}\n");
}

}  // namespace o2v::reports
