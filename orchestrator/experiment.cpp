#include "orchestrator/experiment.hpp"

#include <algorithm>
#include <filesystem>

#include "orchestrator/experiment_checks.hpp"
#include "search/catalog.hpp"
#include "search/problems/problems.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::vector<std::string> names_of(const std::vector<search::CatalogEntry>& catalog) {
    std::vector<std::string> names;
    for (const search::CatalogEntry& entry : catalog) names.push_back(entry.name);
    return names;
}

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

void read_objective(const Json& json, const std::string& where, Experiment& experiment,
                    std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    Goal& goal = experiment.study.goal;
    fields.require("metric");
    const std::vector<std::string> metrics = reported_metrics(experiment);
    if (const auto metric = metrics.empty() ? fields.text("metric") : fields.choice("metric", metrics))
        goal.metric = *metric;
    goal.direction = goal.metric.ends_with("accuracy") || goal.metric.ends_with("pearson")
                         ? Direction::maximize
                         : Direction::minimize;
    if (const auto direction = fields.choice("direction", {"minimize", "maximize"}))
        goal.direction = *direction == "minimize" ? Direction::minimize : Direction::maximize;
    if (const auto keep = fields.choice("keep", {"loss", "objective"}))
        experiment.keep = *keep == "loss" ? protocol::Keep::loss : protocol::Keep::objective;
    fields.finish();
}

void read_search(const Json& json, const std::string& where, Experiment& experiment,
                 std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    SearchOptions& search = experiment.study.search;
    if (const auto strategy = fields.choice("strategy", names_of(search::searchers())))
        search.strategy = *strategy;
    if (const auto seed = fields.integer("seed", 0, INT64_MAX))
        search.seed = static_cast<std::uint64_t>(*seed);
    if (const auto points = fields.integer("grid_points", 1, 1000))
        search.grid_points = static_cast<int>(*points);
    if (const Json* space = fields.get("space"))
        experiment.study.space =
            read_space(*space, fields.where("space"), experiment.problem, experiment.study.fixed, problems);
    fields.finish();
}

PrunerOptions read_pruner(const Json& json, const std::string& where, std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    PrunerOptions pruner;
    if (const auto type = fields.choice("type", names_of(search::pruners()))) pruner.type = *type;
    if (const auto n = fields.integer("startup_trials", 0, 1000000))
        pruner.startup_trials = static_cast<int>(*n);
    if (const auto n = fields.integer("warmup_epochs", 0, 100)) pruner.warmup_epochs = static_cast<int>(*n);
    fields.finish();
    return pruner;
}

Budget read_budget(const Json& json, const std::string& where, std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    Budget budget;
    budget.trials = fields.integer("trials", 1, 100'000'000);
    budget.target = fields.number("target");
    budget.no_improvement = fields.integer("no_improvement", 1, 100'000'000);
    if (const Json* time = fields.get("time")) {
        const auto ms = time->is_string()   ? parse_duration_ms(time->get<std::string>())
                        : time->is_number() ? parse_duration_ms(time->dump())
                                            : std::nullopt;
        if (ms)
            budget.time = std::chrono::milliseconds(*ms);
        else
            fields.report("time", "must be seconds or a text such as \"90s\", \"15m\", \"8h\", \"2d\"");
    }
    fields.finish();
    return budget;
}

std::optional<Promotion> read_promotion(const Json& json, const std::string& where, const std::string& study,
                                        std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    Promotion promotion;
    promotion.as = study;
    read_name(fields, "as", promotion.as);
    if (const auto mode = fields.choice("mode", {"classification", "embedding"})) promotion.mode = *mode;
    fields.finish();
    return promotion;
}

std::vector<std::string> problem_names() {
    std::vector<std::string> names;
    for (const problems::ProblemInfo& info : problems::problems()) names.push_back(info.name);
    return names;
}

bool is_regression(const Experiment& experiment) {
    const auto found = experiment.study.fixed.find("output_layer");
    return found != experiment.study.fixed.end() && to_text(found->second) == "mean_squared_error";
}

void check_strategy(const Experiment& experiment, const std::string& where, std::vector<Problem>& problems) {
    try {
        search::make_searcher(experiment.study);
        search::make_pruner(experiment.study);
    } catch (const InputError& e) {
        for (const Problem& p : e.problems()) problems.push_back({where + "/strategy", p.value, p.message});
    }
}

}  // namespace

bool is_plain_name(const std::string& name) {
    return !name.empty() && name.size() <= 100 && name.front() != '.' && name.front() != '-' &&
           std::all_of(name.begin(), name.end(),
                       [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
}

std::vector<std::string> reported_metrics(const Experiment& experiment) {
    if (!experiment.problem.empty()) return {};
    const std::vector<std::string> kinds =
        is_regression(experiment)
            ? std::vector<std::string>{"mean_squared_error", "mean_absolute_error", "pearson"}
            : std::vector<std::string>{"accuracy", "cross_entropy"};
    std::vector<std::string> sets;
    if (!experiment.data.validation.empty()) sets.push_back("validation:");
    if (!experiment.data.test.empty()) sets.push_back("test:");
    sets.push_back("train:");
    std::vector<std::string> metrics;
    for (const std::string& set : sets)
        for (const std::string& kind : kinds) metrics.push_back(set + kind);
    return metrics;
}

Goal loss_goal(const Experiment& experiment) {
    const std::string set = experiment.data.validation.empty() ? "train:" : "validation:";
    return {set + (is_regression(experiment) ? "mean_squared_error" : "cross_entropy"), Direction::minimize};
}

Experiment parse_experiment(const Json& json, const std::string& file, Origin origin) {
    std::vector<Problem> problems;
    Experiment experiment;
    experiment.file = fs::absolute(file).lexically_normal().string();
    const fs::path folder = fs::path(experiment.file).parent_path();
    JsonFields fields(json, file + ": ", problems);
    fields.get("$schema");
    if (const auto description = fields.text("description")) experiment.description = *description;
    fields.require("name");
    read_name(fields, "name", experiment.study.name);
    if (const auto problem = fields.choice("problem", problem_names())) experiment.problem = *problem;
    if (const Json* data = fields.get("data")) {
        if (fields.has("problem"))
            fields.report("problem", "goes without \"data\": it is a synthetic objective");
        experiment.data = read_data(*data, fields.where("data"), folder, problems);
    } else if (!fields.has("problem")) {
        fields.require("data");
    }
    if (const Json* fixed = fields.get("fixed"))
        experiment.study.fixed = read_fixed(*fixed, fields.where("fixed"), experiment.problem, problems);
    if (const Json* objective = fields.get("objective"))
        read_objective(*objective, fields.where("objective"), experiment, problems);
    else if (experiment.problem.empty())
        experiment.study.goal = loss_goal(experiment);
    else
        fields.require("objective");
    if (const Json* search = fields.get("search"))
        read_search(*search, fields.where("search"), experiment, problems);
    if (const Json* pruner = fields.get("pruner"))
        experiment.study.pruner = read_pruner(*pruner, fields.where("pruner"), problems);
    if (const Json* budget = fields.get("budget"))
        experiment.study.budget = read_budget(*budget, fields.where("budget"), problems);
    if (const Json* resources = fields.get("resources"))
        experiment.resources = read_resources(*resources, fields.where("resources"), problems);
    if (const Json* promote = fields.get("promote"))
        experiment.promote =
            read_promotion(*promote, fields.where("promote"), experiment.study.name, problems);
    fields.finish();
    if (problems.empty() && origin == Origin::person) {
        if (experiment.problem.empty())
            check_combinations(experiment.study.space, experiment.study.fixed, fields.where("fixed"),
                               problems);
        check_strategy(experiment, fields.where("search"), problems);
    }
    if (problems.empty() && origin != Origin::stored)
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
