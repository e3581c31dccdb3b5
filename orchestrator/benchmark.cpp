#include "orchestrator/benchmark.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "orchestrator/json_fields.hpp"
#include "search/catalog.hpp"
#include "search/problems/problems.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::int64_t kMostRows = 100'000'000, kMostRepeats = 10'000;
// Of an experiment's file: what a search, or the end of a study, is about.
constexpr const char* kOfSearches[] = {"search",     "pruner",       "budget", "promote", "notify",
                                       "warm_start", "reproducible", "window", "name",    "description"};

template <class T>
void take(T& to, const std::optional<std::int64_t>& value) {
    if (value) to = static_cast<T>(*value);
}

std::vector<std::string> texts(JsonFields& fields, const std::string& key,
                               const std::vector<std::string>& choices) {
    std::vector<std::string> found;
    const Json* list = fields.get(key);
    if (!list) return found;
    if (!list->is_array() || list->empty()) {
        fields.report(key, "must be a list of at least one name");
        return found;
    }
    for (const Json& one : *list) {
        const std::string name = one.is_string() ? one.get<std::string>() : one.dump();
        if (std::find(choices.begin(), choices.end(), name) == choices.end()) {
            const std::string near = nearest_name(name, choices);
            fields.problems().push_back(
                {fields.where(key), one.dump(),
                 near.empty() ? "is not known" : "is not known; did you mean " + near + "?"});
        }
        found.push_back(name);
    }
    return found;
}

InferenceOptions read_inference(const Json& json, const std::string& where, std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    InferenceOptions options;
    options.modes = texts(fields, "modes", {"embedding", "classification"});
    if (options.modes.empty()) options.modes = {"embedding", "classification"};
    take(options.requests, fields.integer("requests", 1, kMostRows));
    take(options.bulk_rows, fields.integer("bulk_rows", 1, kMostRows));
    take(options.rows_per_request, fields.integer("rows_per_request", 1, 10'000));
    fields.finish();
    return options;
}

SuggestionOptions read_suggestion(const Json& json, const std::string& where,
                                  std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    SuggestionOptions options;
    std::vector<std::string> strategies, names;
    for (const search::CatalogEntry& entry : search::searchers()) strategies.push_back(entry.name);
    for (const problems::ProblemInfo& problem : problems::problems()) names.push_back(problem.name);
    fields.require("strategies");
    options.strategies = texts(fields, "strategies", strategies);
    if (const auto problem = fields.choice("problem", names)) options.problem = *problem;
    take(options.history, fields.integer("history", 0, 100'000));
    take(options.suggestions, fields.integer("suggestions", 1, 10'000));
    fields.finish();
    return options;
}

SyntheticPairs read_synthetic(const Json& json, const std::string& where, std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    SyntheticPairs pairs;
    take(pairs.train, fields.integer("train", 1, kMostRows));
    take(pairs.validation, fields.integer("validation", 1, kMostRows));
    take(pairs.classes, fields.integer("classes", 2, 1000));
    take(pairs.vocabulary, fields.integer("vocabulary", 3, 3'000'000));
    take(pairs.longest0, fields.integer("longest0", 1, 5000));
    take(pairs.longest1, fields.integer("longest1", 1, 5000));
    take(pairs.seed, fields.integer("seed", 0, INT64_MAX));
    if (const auto noise = fields.number("noise")) {
        pairs.noise = *noise;
        if (!(*noise >= 0 && *noise <= 1)) fields.report("noise", "must be from 0 to 1");
    }
    if (pairs.vocabulary - 1 < pairs.classes)
        fields.report("vocabulary", "must hold a token for each class, and the 0 that pads");
    fields.finish();
    return pairs;
}

void read_seeds(JsonFields& fields, Benchmark& benchmark) {
    const Json* seeds = fields.get("seeds");
    if (!seeds) return;
    const bool good =
        seeds->is_array() && !seeds->empty() &&
        std::all_of(seeds->begin(), seeds->end(), [](const Json& seed) { return seed.is_number_unsigned(); });
    if (good)
        benchmark.seeds = seeds->get<std::vector<std::uint64_t>>();
    else
        fields.report("seeds", "must be a list of integers that are not negative");
}

struct Base {
    Json json;         // of the experiment, without what searches
    std::string file;  // that its paths are relative to, and its problems are named by
};

Base read_base(JsonFields& fields, const std::string& file) {
    Base base{Json::object(), file};
    const Json* experiment = fields.get("experiment");
    if (experiment && experiment->is_string()) {
        base.file =
            (fs::absolute(file).parent_path() / experiment->get<std::string>()).lexically_normal().string();
        base.json = read_json_file(base.file);
    } else if (experiment) {
        base.json = *experiment;
    }
    if (!base.json.is_object()) {
        fields.report("experiment", "must be an experiment { ... } or the path of one");
        base.json = Json::object();
    }
    for (const char* key : kOfSearches) base.json.erase(key);
    return base;
}

Configuration make_configuration(const std::string& name, const Json& set, const Base& base,
                                 const Benchmark& benchmark, const BenchmarkChoices& choices) {
    Json json = base.json;
    json["name"] = benchmark.name;
    Json& fixed = json.emplace("fixed", Json::object()).first.value();
    if (fixed.is_object()) fixed.update(set);
    json["search"] = {{"seed", benchmark.seeds.front()}};
    Experiment experiment = parse_experiment(json, base.file + " (configuration " + name + ")");
    experiment.study.budget.trials = 1;
    experiment.resources = one_slot(experiment.resources, choices.device, choices.cores);
    return {name, std::move(experiment)};
}

// The names that are chosen and not there.
void check_only(const std::vector<std::string>& only, const std::vector<std::string>& names,
                std::vector<Problem>& problems) {
    for (const std::string& name : only) {
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        std::string all;
        for (const std::string& one : names) all += (all.empty() ? "" : ", ") + one;
        problems.push_back({"--only", name, "is no configuration; there are " + all});
    }
}

void skip(const std::vector<std::string>& parts, Benchmark& benchmark, std::vector<Problem>& problems) {
    for (const std::string& part : parts) {
        if (part == "inference")
            benchmark.inference.reset();
        else if (part == "loading")
            benchmark.loading = false;
        else if (part == "suggestion")
            benchmark.suggestion.reset();
        else
            problems.push_back({"--skip", part, "must be inference, loading or suggestion"});
    }
}

void read_configurations(JsonFields& fields, const Base& base, const BenchmarkChoices& choices,
                         Benchmark& benchmark) {
    static const Json kOne = Json::array({{{"name", "default"}}});
    const Json* list = fields.get("configurations");
    if (!list) list = &kOne;
    if (!list->is_array() || list->empty()) {
        fields.report("configurations", "must be a list of at least one { \"name\", \"set\" }");
        return;
    }
    std::vector<Problem>& problems = fields.problems();
    std::vector<std::string> names;
    for (std::size_t i = 0; i < list->size(); ++i) {
        JsonFields one(list->at(i), fields.where("configurations") + '/' + std::to_string(i), problems);
        one.require("name");
        const std::string name = one.text("name").value_or("");
        if (one.has("name") && !is_plain_name(name)) one.report("name", kPlainName);
        if (std::find(names.begin(), names.end(), name) != names.end()) one.report("name", "stands twice");
        const Json* set = one.get("set");
        if (set && !set->is_object()) one.report("set", "must be an object of hyperparameters");
        one.finish();
        names.push_back(name);
        const bool chosen = choices.only.empty() ||
                            std::find(choices.only.begin(), choices.only.end(), name) != choices.only.end();
        if (!chosen || !problems.empty()) continue;
        try {
            benchmark.configurations.push_back(
                make_configuration(name, set ? *set : Json::object(), base, benchmark, choices));
        } catch (const InputError& e) {
            problems.insert(problems.end(), e.problems().begin(), e.problems().end());
        }
    }
    check_only(choices.only, names, problems);
}

void check_measurable(const Benchmark& benchmark, JsonFields& fields) {
    for (const Configuration& configuration : benchmark.configurations) {
        const bool trains = configuration.experiment.trains();
        for (const char* key : {"inference", "loading"})
            if (fields.has(key) && !trains)
                return fields.report(key, "needs an experiment that trains Object2Vec on pairs");
    }
}

Json without(Json json, const std::vector<const char*>& keys) {
    for (const char* key : keys) json.erase(key);
    return json;
}

}  // namespace

Benchmark load_benchmark(const std::string& file, const std::string& data_folder,
                         const BenchmarkChoices& choices) {
    const Json json = read_json_file(file);
    std::vector<Problem> problems;
    JsonFields fields(json, file + ": ", problems);
    Benchmark benchmark;
    benchmark.file = fs::absolute(file).lexically_normal().string();
    fields.get("$schema");
    fields.require("name");
    fields.require("experiment");
    benchmark.name = fields.text("name").value_or("");
    if (fields.has("name") && !is_plain_name(benchmark.name)) fields.report("name", kPlainName);
    benchmark.description = fields.text("description").value_or("");
    take(benchmark.warmup, fields.integer("warmup", 0, kMostRepeats));
    take(benchmark.repeats, fields.integer("repeats", 1, kMostRepeats));
    if (choices.repeats) benchmark.repeats = *choices.repeats;
    read_seeds(fields, benchmark);
    benchmark.target = fields.number("target");
    benchmark.loading = fields.boolean("loading").value_or(false);
    if (const Json* inference = fields.get("inference"))
        benchmark.inference = read_inference(*inference, fields.where("inference"), problems);
    if (const Json* suggestion = fields.get("suggestion"))
        benchmark.suggestion = read_suggestion(*suggestion, fields.where("suggestion"), problems);
    skip(choices.skip, benchmark, problems);
    Base base = read_base(fields, file);
    if (const Json* synthetic = fields.get("synthetic")) {
        benchmark.synthetic = read_synthetic(*synthetic, fields.where("synthetic"), problems);
        if (base.json.contains("data"))
            fields.report("synthetic", "stands beside the experiment's own data: one of them");
        const fs::path folder = fs::absolute(data_folder).lexically_normal();
        base.json["data"] = {{"train", folder / "train.jsonl"}, {"validation", folder / "validation.jsonl"}};
    }
    read_configurations(fields, base, choices, benchmark);
    if (problems.empty()) check_measurable(benchmark, fields);
    fields.finish();
    if (!problems.empty()) throw InputError(std::move(problems));
    return benchmark;
}

std::string benchmark_name(const std::string& file) {
    const Json json = read_json_file(file);
    const std::string name = json.is_object() && json.contains("name") && json.at("name").is_string()
                                 ? json.at("name").get<std::string>()
                                 : "";
    if (!is_plain_name(name)) throw InputError(file + ": /name", name, kPlainName);
    return name;
}

Json settings_json(const Benchmark& benchmark) {
    Json json{{"seeds", benchmark.seeds}, {"loading", benchmark.loading}};
    if (benchmark.target) json["target"] = *benchmark.target;
    if (benchmark.synthetic) json["synthetic"] = to_json(*benchmark.synthetic);
    if (const auto& i = benchmark.inference)
        json["inference"] = {{"modes", i->modes},
                             {"requests", i->requests},
                             {"bulk_rows", i->bulk_rows},
                             {"rows_per_request", i->rows_per_request}};
    if (const auto& s = benchmark.suggestion)
        json["suggestion"] = {{"strategies", s->strategies},
                              {"problem", s->problem},
                              {"history", s->history},
                              {"suggestions", s->suggestions}};
    return json;
}

Json configurations_json(const Benchmark& benchmark) {
    Json json = Json::object();
    for (const Configuration& configuration : benchmark.configurations) {
        Json one = without(to_json(configuration.experiment),
                           {"name", "description", "data", "resources", "search", "pruner", "budget",
                            "durability", "limits", "reproducible", "window", "promote", "notify"});
        if (one.contains("objective")) one["objective"].erase("folder");
        json[configuration.name] = std::move(one);
    }
    return json;
}

}  // namespace o2v::orchestrator
