#include "orchestrator/warm_start.hpp"

#include <cmath>
#include <filesystem>
#include <limits>

#include "orchestrator/stored_study.hpp"
#include "reports/trial_facts.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void read_studies(const Json& json, const std::string& where, Experiment& experiment,
                  std::vector<Problem>& problems) {
    if (!json.is_array() || json.empty()) {
        problems.push_back(
            {where, json.dump(), "must be a list of at least one study: its folder or study.db"});
        return;
    }
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (json[i].is_string() && !json[i].get<std::string>().empty())
            experiment.warm_start.push_back(json[i].get<std::string>());
        else
            problems.push_back({where + "/" + std::to_string(i), json[i].dump(),
                                "must be a study's folder or study.db, in quotes"});
    }
}

std::vector<PriorTrial> read_stored(const Json& json) {
    std::vector<PriorTrial> prior;
    for (const Json& one : json) {
        const Json& value = one.at("value");
        prior.push_back({one.at("study").get<int>(), protocol::assignment_from_json(one.at("params")),
                         value.is_number() ? value.get<double>() : kNaN});
    }
    return prior;
}

// Where the study named lies: below the experiment's file or the working directory, or under runs/ there; ""
// when nowhere.
std::string database_of(const std::string& study, const Experiment& experiment) {
    for (const fs::path& path :
         {fs::path(experiment.file).parent_path() / study, fs::path(study), fs::path("runs") / study}) {
        if (fs::is_regular_file(path)) return path.string();
        if (fs::is_regular_file(path / "study.db")) return (path / "study.db").string();
    }
    return "";
}

// Of an ended or paused trial; nullopt when it was halted without a number.
std::optional<double> value_of(const Trial& trial, const Goal& goal) {
    const auto* pruned = trial.ending ? std::get_if<Pruned>(&*trial.ending) : nullptr;
    const bool halted = !trial.ending || (pruned && !pruned->diverged);
    const double value = trial.value(goal).value_or(kNaN);
    return halted && std::isnan(value) ? std::nullopt : std::optional(value);
}

// Throws InputError, of a place below the experiment, or StorageError.
void append_trials(const std::string& name, int number, const Experiment& experiment,
                   std::vector<PriorTrial>& prior) {
    const StudySpec& spec = experiment.study;
    const std::string database = database_of(name, experiment);
    const std::string where = experiment.file + ": /warm_start/" + std::to_string(number);
    if (database.empty())
        throw InputError(where, name,
                         "there is no such study: neither a folder with a study.db nor a database, beside "
                         "this file or here, nor a name under runs/");
    const StoredStudy stored = [&] {
        try {
            return load_database(database);
        } catch (const std::exception& e) {
            throw InputError(where, name, std::string("cannot be read: ") + e.what());
        }
    }();
    const Goal& goal = stored.study.spec().goal;
    if (goal != spec.goal)
        throw InputError(where, name,
                         "cannot be compared: it " + reports::goal_text(goal) + ", this one " +
                             reports::goal_text(spec.goal));
    const auto append = [&](const Trial& trial) {
        const std::optional<double> value = value_of(trial, goal);
        if (!value) return;
        Assignment params = trial.params;
        for (const auto& fixed : stored.study.spec().fixed)
            if (spec.space.find(fixed.first)) params.insert(fixed);
        prior.push_back({number, std::move(params), *value});
    };
    for (const TrialId id : stored.study.ended()) append(stored.study.trial(id));
    for (const Trial& trial : stored.study.trials())
        if (trial.paused) append(trial);
}

}  // namespace

void read_warm_start(JsonFields& fields, Experiment& experiment, bool stored) {
    if (const Json* json = fields.get("warm_start"); json && json->is_object()) {
        JsonFields own(*json, fields.where("warm_start"), fields.problems());
        own.require("studies");
        if (const Json* studies = own.get("studies"))
            read_studies(*studies, own.where("studies"), experiment, fields.problems());
        if (const auto kind = own.choice("kind", {"identical", "transfer"}))
            experiment.study.warm_start = *kind == "identical" ? WarmStart::identical : WarmStart::transfer;
        own.finish();
    } else if (json) {
        read_studies(*json, fields.where("warm_start"), experiment, fields.problems());
    }
    if (!stored) return;
    if (const Json* prior = fields.get("prior")) experiment.study.prior = read_stored(*prior);
}

void put_warm_start(const Experiment& experiment, Json& json) {
    const StudySpec& study = experiment.study;
    if (!experiment.warm_start.empty())
        json["warm_start"] = {{"studies", experiment.warm_start},
                              {"kind", study.warm_start == WarmStart::identical ? "identical" : "transfer"}};
    for (const PriorTrial& trial : study.prior)
        json["prior"].push_back({{"study", trial.study},
                                 {"params", protocol::to_json(trial.params)},
                                 {"value", protocol::to_json(Metrics{{"", trial.value}}).at("")}});
}

std::vector<PriorTrial> trials_of_earlier_studies(const Experiment& experiment) {
    std::vector<PriorTrial> prior;
    std::vector<Problem> problems;
    for (std::size_t i = 0; i < experiment.warm_start.size(); ++i) {
        try {
            append_trials(experiment.warm_start[i], static_cast<int>(i), experiment, prior);
        } catch (const InputError& e) {
            problems.insert(problems.end(), e.problems().begin(), e.problems().end());
        }
    }
    if (!problems.empty()) throw InputError(std::move(problems));
    return prior;
}

std::vector<PriorTrial> prior_trials(const Experiment& experiment, const std::string& database) {
    if (experiment.warm_start.empty()) return {};
    if (fs::is_regular_file(database) && open_sqlite_storage(database, OpenMode::read_only)->has_study())
        return stored_experiment(database).study.prior;
    return trials_of_earlier_studies(experiment);
}

}  // namespace o2v::orchestrator
