#include "orchestrator/sagemaker_import.hpp"

#include <boost/regex.hpp>
#include <set>

#include "orchestrator/cut_text.hpp"
#include "orchestrator/experiment.hpp"
#include "orchestrator/sagemaker_parts.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {
namespace sagemaker {

std::string shown(const Json& value) {
    constexpr std::size_t kLongest = 80;
    if (value.is_object() || value.is_array()) return "";
    const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.size() <= kLongest ? text : std::string(cut_text(text, kLongest - 3)) + "...";
}

Json typed(const model::HyperparameterInfo* info, const ParamValue& value) {
    const bool known = info && model::check_value(*info, value).empty();
    return protocol::to_json(known ? model::canonical_value(*info, value) : value);
}

void Fields::note(const std::string& key, const std::string& message) {
    draft_.notes.push_back({where(key), has(key) ? shown(*get(key)) : "", message});
}

void Fields::leave(const std::string& key, const std::string& instead) {
    if (get(key)) note(key, instead);
}

std::vector<Json> Fields::list(const std::string& key) {
    const Json* json = get(key);
    if (json && !json->is_array()) report(key, "must be a list [ ... ]");
    return json && json->is_array() ? json->get<std::vector<Json>>() : std::vector<Json>{};
}

void Fields::finish() {
    for (const auto& [key, hint] : unknown())
        note(key, "is no field that is known of a tuning request, and is left out; " + hint);
}

namespace {

// What an answer of DescribeHyperParameterTuningJob has besides the request.
constexpr const char* kResults[] = {"HyperParameterTuningJobArn",
                                    "HyperParameterTuningJobStatus",
                                    "CreationTime",
                                    "HyperParameterTuningEndTime",
                                    "LastModifiedTime",
                                    "TrainingJobStatusCounters",
                                    "ObjectiveStatusCounters",
                                    "BestTrainingJob",
                                    "OverallBestTrainingJob",
                                    "FailureReason",
                                    "TuningJobCompletionDetails",
                                    "ConsumedResources",
                                    "TrainingJobSummaries",
                                    "ResponseMetadata"};

// The document's keys in the order in which a person reads them.
nlohmann::ordered_json empty_document() {
    nlohmann::ordered_json document;
    for (const char* key : {"name", "description", "data", "objective", "fixed", "search", "pruner", "budget",
                            "resources", "limits", "warm_start", "promote"})
        document[key] = nullptr;
    return document;
}

void drop_absent(nlohmann::ordered_json& document) {
    for (auto it = document.begin(); it != document.end();)
        it = it->is_null() ? document.erase(it) : std::next(it);
}

void read_name(Fields& fields, const std::string& definition, Draft& draft) {
    static const boost::regex kName("[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}");
    fields.require("HyperParameterTuningJobName");
    const auto name = fields.text("HyperParameterTuningJobName");
    if (!name) return;
    if (!boost::regex_match(*name, kName))
        fields.report("HyperParameterTuningJobName",
                      "must be 1 to 32 letters, digits and hyphens in between");
    draft.document["name"] = *name + (definition.empty() ? "" : "-" + definition);
    draft.document["promote"]["as"] = draft.document["name"];
    draft.places["/name"] = draft.places["/promote"] = fields.where("HyperParameterTuningJobName");
}

void read_warm_start(Fields& request, Draft& draft, std::vector<Problem>& problems) {
    const Json* json = request.get("WarmStartConfig");
    if (!json) return;
    Fields fields(*json, request.where("WarmStartConfig"), draft, problems);
    fields.require("WarmStartType");
    fields.require("ParentHyperParameterTuningJobs");
    const auto type = fields.choice("WarmStartType", {"IdenticalDataAndAlgorithm", "TransferLearning"});
    const std::vector<Json> parents = fields.list("ParentHyperParameterTuningJobs");
    Json studies = Json::array();
    for (std::size_t i = 0; i < parents.size(); ++i) {
        Fields parent(parents[i], fields.where("ParentHyperParameterTuningJobs/" + std::to_string(i)), draft,
                      problems);
        parent.require("HyperParameterTuningJobName");
        const auto name = parent.text("HyperParameterTuningJobName");
        parent.finish();
        if (!name) continue;
        studies.push_back("runs/" + *name);
        parent.note("HyperParameterTuningJobName",
                    "its trials are looked for in runs/" + *name +
                        "/study.db: import and run that job first, or take it out of \"warm_start\"");
    }
    fields.finish();
    if (studies.empty() || !type) return;
    draft.document["warm_start"] = {{"studies", studies},
                                    {"kind", *type == "TransferLearning" ? "transfer" : "identical"}};
    draft.places["/warm_start"] = fields.where("ParentHyperParameterTuningJobs");
}

// With Autotune: enabled, SageMaker fills in what the request leaves open.
void read_autotune(Fields& request, Draft& draft, std::vector<Problem>& problems) {
    const Json* json = request.get("Autotune");
    if (!json) return;
    Fields fields(*json, request.where("Autotune"), draft, problems);
    fields.require("Mode");
    const auto mode = fields.choice("Mode", {"Enabled"});
    fields.finish();
    if (!mode) return;
    if (!draft.document["search"].contains("space")) choose_ranges(fields.where("Mode"), draft);
    const auto& strategy = draft.document["search"]["strategy"];
    if (draft.document["pruner"].is_null() && strategy != "grid") {
        draft.document["pruner"]["type"] = "median";
        draft.notes.push_back({fields.where("Mode"), "", "stops early: \"pruner\": {\"type\": \"median\"}"});
    }
}

// Where in the request a problem of the document comes from.
Problem at_its_place(Problem problem, const Draft& draft, const std::string& file) {
    const std::string prefix = file + ": ";
    if (!problem.where.starts_with(prefix)) return problem;
    const std::string place = problem.where.substr(prefix.size());
    for (std::string part = place; !part.empty(); part.resize(part.find_last_of('/')))
        if (const auto known = draft.places.find(part); known != draft.places.end()) {
            problem.where = known->second;
            if (part.size() < place.size())
                problem.message = place.substr(part.size() + 1) + ": " + problem.message;
            return problem;
        }
    return problem;
}

// The experiment's own checks, whose problems are told at the request's places.
void check_document(const Draft& draft, const std::string& file, std::vector<Problem>& problems) {
    try {
        parse_experiment(Json(draft.document), file);
    } catch (const InputError& e) {
        for (const Problem& problem : e.problems()) problems.push_back(at_its_place(problem, draft, file));
    }
}

// One definition: the objective and the ranges are its own, or the config's.
ImportedExperiment read_request(const Json& request, const std::string& file, const Json& definition,
                                const std::string& place, const SageMakerImport& options,
                                std::vector<Problem>& problems) {
    Draft draft{options, empty_document(), true, {}, {}};
    Fields fields(request, file + ": ", draft, problems);
    const bool several = fields.has("TrainingJobDefinitions");
    const Json name = definition.is_object() ? definition.value("DefinitionName", Json()) : Json();
    const std::string definition_name = several && name.is_string() ? name.get<std::string>() : "";
    const std::size_t before = problems.size();
    read_name(fields, definition_name, draft);
    draft.document["description"] =
        "From " + file.substr(file.find_last_of('/') + 1) + ", a SageMaker hyperparameter tuning job.";
    read_definition(definition, file + ": " + place, draft, problems);
    fields.require("HyperParameterTuningJobConfig");
    if (const Json* json = fields.get("HyperParameterTuningJobConfig")) {
        Fields config(*json, fields.where("HyperParameterTuningJobConfig"), draft, problems);
        const auto own_or = [&](const char* own, const char* common, bool required) {
            const Json* in_config = config.get(common);
            if (definition.is_object() && definition.contains(own))
                return std::pair{&definition.at(own), file + ": " + place + "/" + own};
            if (required) config.require(common);
            return std::pair{in_config, config.where(common)};
        };
        const auto [ranges, ranges_place] = own_or("HyperParameterRanges", "ParameterRanges", false);
        const auto combinations = ranges ? read_ranges(*ranges, ranges_place, draft, problems) : 0;
        if (!ranges && !fields.has("Autotune"))
            config.report("ParameterRanges", "is required, or Autotune: what is searched");
        const auto [goal, goal_place] = own_or("TuningObjective", "HyperParameterTuningJobObjective", true);
        if (goal) read_objective(*goal, goal_place, definition, draft, problems);
        read_config(config, combinations, draft, problems);
        config.finish();
    }
    read_warm_start(fields, draft, problems);
    read_autotune(fields, draft, problems);
    fields.leave("Tags", "there are no tags; \"description\" is free text");
    for (const char* key : {"TrainingJobDefinition", "TrainingJobDefinitions"}) fields.get(key);
    for (const char* key : kResults) fields.get(key);
    fields.finish();
    if (fields.has("HyperParameterTuningJobStatus"))
        fields.note(
            "HyperParameterTuningJobStatus",
            "this is a tuning job's description: its results are left out, and what was asked is taken");
    drop_absent(draft.document);
    if (problems.size() == before) check_document(draft, file, problems);
    return {definition_name, std::move(draft.document), std::move(draft.notes)};
}

// What several definitions have in common is told once.
void each_once(std::vector<Problem>& problems) {
    std::set<std::string> told;
    std::erase_if(problems, [&](const Problem& problem) { return !told.insert(problem.to_string()).second; });
}

}  // namespace
}  // namespace sagemaker

std::vector<ImportedExperiment> import_sagemaker(const nlohmann::json& request, const std::string& file,
                                                 const SageMakerImport& options) {
    using nlohmann::json;
    const auto definition = [&](const char* key) {
        return request.is_object() ? request.value(key, json()) : json();
    };
    const json several = definition("TrainingJobDefinitions");
    std::vector<Problem> problems;
    std::vector<ImportedExperiment> imported;
    if (several.is_null()) {
        json one = definition("TrainingJobDefinition");
        if (one.is_null() && request.is_object())
            throw InputError(
                file + ": /TrainingJobDefinition", "",
                "is required: this is no request of CreateHyperParameterTuningJob (its JSON has "
                "HyperParameterTuningJobName, HyperParameterTuningJobConfig, TrainingJobDefinition)");
        if (!options.definition.empty())
            problems.push_back({"--definition", options.definition,
                                "has no place here: the request has one TrainingJobDefinition"});
        imported.push_back(
            sagemaker::read_request(request, file, one, "/TrainingJobDefinition", options, problems));
    } else if (!several.is_array() || several.empty()) {
        throw InputError(file + ": /TrainingJobDefinitions", "", "must be a list of 1 to 10 definitions");
    } else {
        std::string names;
        std::set<std::string> seen;
        for (std::size_t i = 0; i < several.size(); ++i) {
            const std::string place = "/TrainingJobDefinitions/" + std::to_string(i);
            const json name = several[i].is_object() ? several[i].value("DefinitionName", json()) : json();
            if (!name.is_string()) {
                problems.push_back({file + ": " + place + "/DefinitionName", sagemaker::shown(name),
                                    "must be a text: the definitions' experiments are told apart by it"});
                continue;
            }
            if (!seen.insert(name.get<std::string>()).second) {
                problems.push_back({file + ": " + place + "/DefinitionName", sagemaker::shown(name),
                                    "stands twice: the definitions' experiments are told apart by it"});
                continue;
            }
            names += (names.empty() ? "" : ", ") + name.get<std::string>();
            if (!options.definition.empty() && name != options.definition) continue;
            imported.push_back(sagemaker::read_request(request, file, several[i], place, options, problems));
            if (several.size() > 1)
                imported.back().notes.push_back(
                    {file + ": " + place, "",
                     "is an experiment of its own, with the whole budget; SageMaker divides it among the "
                     "definitions"});
        }
        if (imported.empty() && problems.empty())
            problems.push_back({"--definition", options.definition, "is none of " + names});
    }
    sagemaker::each_once(problems);
    if (!problems.empty()) throw InputError(std::move(problems));
    return imported;
}

}  // namespace o2v::orchestrator
