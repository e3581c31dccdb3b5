#include "orchestrator/experiment.hpp"

#include <algorithm>
#include <filesystem>

#include "orchestrator/experiment_checks.hpp"
#include "orchestrator/warm_start.hpp"
#include "search/catalog.hpp"
#include "search/problems/problems.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

void read_name(JsonFields& fields, const std::string& key, std::string& out) {
    if (const auto name = fields.text(key)) {
        out = *name;
        if (!is_plain_name(*name)) fields.report(key, kPlainName);
    }
}

protocol::DataPaths read_data(const Json& json, const std::string& where, const fs::path& folder,
                              std::vector<Problem>& problems) {
    protocol::DataPaths data;
    JsonFields fields(json, where, problems);
    const auto path = [&](const std::string& text) { return (folder / text).lexically_normal().string(); };
    const auto read = [&](const char* key, std::string& out) {
        if (const auto text = fields.text(key)) out = path(*text);
    };
    fields.require("train");
    read("train", data.train);
    read("validation", data.validation);
    read("test", data.test);
    read("auxiliary", data.auxiliary);
    read("labels", data.labels);
    data.skip_bad_lines = fields.integer("skip_bad_lines", 0, INT64_MAX).value_or(0);
    if (const Json* vocabulary = fields.get("vocabulary"); vocabulary && vocabulary->is_string()) {
        data.vocabulary0 = data.vocabulary1 = path(vocabulary->get<std::string>());
    } else if (vocabulary) {
        JsonFields sides(*vocabulary, fields.where("vocabulary"), problems);
        if (const auto text = sides.text("in0")) data.vocabulary0 = path(*text);
        if (const auto text = sides.text("in1")) data.vocabulary1 = path(*text);
        sides.finish();
    }
    fields.finish();
    return data;
}

std::optional<Promotion> read_promotion(const Json& json, const std::string& where, const std::string& study,
                                        std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    Promotion promotion;
    promotion.as = study;
    read_name(fields, "as", promotion.as);
    if (const auto mode = fields.choice("mode", {"classification", "embedding"})) promotion.mode = *mode;
    promotion.refit = fields.boolean("refit").value_or(false);
    fields.finish();
    return promotion;
}

std::vector<std::string> read_notify(const Json& json, const std::string& where,
                                     std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    std::vector<std::string> command;
    fields.require("command");
    if (const Json* parts = fields.get("command")) {
        const auto is_text = [](const Json& part) {
            return part.is_string() && part.get<std::string>().find('\0') == std::string::npos;
        };
        if (!parts->is_array() || parts->empty() || !std::all_of(parts->begin(), parts->end(), is_text) ||
            parts->front() == "")
            fields.report("command", "must be a list of texts: a program and its arguments");
        else
            command = parts->get<std::vector<std::string>>();
    }
    fields.finish();
    return command;
}

std::vector<std::string> problem_names() {
    std::vector<std::string> names;
    for (const problems::ProblemInfo& info : problems::problems()) names.push_back(info.name);
    return names;
}

void check_algorithms(const StudySpec& study, const std::string& file, std::vector<Problem>& problems) {
    try {
        search::make_searcher(study);
        search::make_pruner(study);
    } catch (const InputError& e) {
        for (const Problem& p : e.problems()) problems.push_back({file + ": " + p.where, p.value, p.message});
    }
}

// Which winners can be trained again on train + validation.
void check_refit(const Experiment& experiment, const std::string& where, std::vector<Problem>& problems) {
    if (!experiment.promote || !experiment.promote->refit) return;
    const auto report = [&](const char* message) { problems.push_back({where + "/refit", "true", message}); };
    if (!experiment.trains())
        report("goes with \"data\": only what is trained on data can be trained again on more of it");
    else if (experiment.data.validation.empty())
        report("needs /data/validation: that is what the winner is then trained on as well");
    else if (experiment.study.search.strategy == "pbt")
        report(
            "goes without the strategy pbt, whose winner was trained with settings that changed on its way");
}

// Where the trials come from: Object2Vec on data, a problem, or a command. Of what others run nothing is
// known.
void read_source(JsonFields& fields, Origin origin, const fs::path& folder, Experiment& experiment) {
    if (origin == Origin::asked) {
        for (const char* key : {"data", "problem", "resources", "limits", "durability", "reproducible",
                                "window", "promote", "notify"})
            fields.get(key);
        return;
    }
    read_command(fields, experiment);
    if (const auto problem = fields.choice("problem", problem_names())) experiment.problem = *problem;
    if (!experiment.command.empty())
        for (const char* key : {"problem", "data"})
            if (fields.has(key))
                fields.report(key, "goes without a command: the objective's program reads its own");
    if (const Json* data = fields.get("data")) {
        if (fields.has("problem"))
            fields.report("problem", "goes without \"data\": it is a synthetic objective");
        experiment.data = read_data(*data, fields.where("data"), folder, fields.problems());
    } else if (experiment.trains() && !fields.has("problem") && origin != Origin::stored) {
        fields.require("data");
    }
    if (const Json* resources = fields.get("resources"))
        experiment.resources = read_resources(*resources, fields.where("resources"), fields.problems());
    if (const Json* limits = fields.get("limits"))
        experiment.limits = read_limits(*limits, fields.where("limits"), fields.problems());
    if (const auto durability = fields.choice("durability", {"second", "at_once"}))
        experiment.durability = *durability == "second" ? Durability::second : Durability::at_once;
    read_reproducible(fields, experiment);
    if (const Json* promote = fields.get("promote"))
        experiment.promote =
            read_promotion(*promote, fields.where("promote"), experiment.study.name, fields.problems());
    if (const Json* notify = fields.get("notify"))
        experiment.notify = read_notify(*notify, fields.where("notify"), fields.problems());
}

}  // namespace

bool is_plain_name(const std::string& name) {
    return !name.empty() && name.size() <= 100 && name.front() != '.' && name.front() != '-' &&
           std::all_of(name.begin(), name.end(),
                       [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
}

Experiment parse_experiment(const Json& json, const std::string& file, Origin origin) {
    std::vector<Problem> problems;
    Experiment experiment;
    StudySpec& study = experiment.study;
    experiment.file = fs::absolute(file).lexically_normal().string();
    const fs::path folder = fs::path(experiment.file).parent_path();
    JsonFields fields(json, file + ": ", problems);
    fields.get("$schema");
    if (const auto description = fields.text("description")) experiment.description = *description;
    if (origin == Origin::asked)
        study.name = "ask-tell";
    else
        fields.require("name");
    read_name(fields, "name", study.name);
    read_source(fields, origin, folder, experiment);
    const bool any_names = experiment.is_asked() && (origin == Origin::asked || origin == Origin::stored);
    const ParameterNames names = ParameterNames::of(experiment, any_names);
    if (const Json* fixed = fields.get("fixed"))
        study.fixed = read_fixed(*fixed, fields.where("fixed"), names, problems);
    read_objectives(fields, experiment, any_names);
    if (const Json* search = fields.get("search"))
        read_search(*search, fields.where("search"), names, study, problems);
    if (const Json* pruner = fields.get("pruner"))
        study.pruner = read_pruner(*pruner, fields.where("pruner"), problems);
    if (const Json* budget = fields.get("budget"))
        study.budget = read_budget(*budget, fields.where("budget"), problems);
    read_warm_start(fields, experiment, origin == Origin::stored);
    fields.finish();
    if (problems.empty() && origin != Origin::stored)
        check_command(experiment, fields.where("objective"), problems);
    if (problems.empty() && (origin == Origin::person || origin == Origin::draft))
        check_refit(experiment, fields.where("promote"), problems);
    if (problems.empty() && origin == Origin::person && experiment.trains())
        check_combinations(study.space, study.fixed, fields.where("fixed"), problems);
    if (problems.empty() && (origin == Origin::person || origin == Origin::asked))
        check_algorithms(study, file, problems);
    if (problems.empty() && (origin == Origin::person || origin == Origin::draft))
        for (const std::string& violation : schema_violations(json))
            problems.push_back({file, "", violation});
    if (!problems.empty()) throw InputError(std::move(problems));
    return experiment;
}

Experiment load_experiment(const std::string& file, Origin origin) {
    if (!fs::is_regular_file(file)) throw InputError(file, "", "there is no such experiment file");
    return parse_experiment(read_json_file(file), file, origin);
}

}  // namespace o2v::orchestrator
