#include <nlohmann/json.hpp>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/experiment.hpp"
#include "search/catalog.hpp"
#include "search/problems/problems.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;
using model::ValueType;

Json text(const char* description) {
    return {{"type", "string"}, {"description", description}};
}
Json integer(std::int64_t min, const char* description) {
    return {{"type", "integer"}, {"minimum", min}, {"description", description}};
}
Json choice(const std::vector<std::string>& values, const char* description) {
    return {{"enum", values}, {"description", description}};
}
Json object(Json properties, std::vector<std::string> required, const char* description) {
    Json json{{"type", "object"},
              {"properties", std::move(properties)},
              {"additionalProperties", false},
              {"description", description}};
    if (!required.empty()) json["required"] = required;
    return json;
}

template <class Catalog>
std::vector<std::string> names_of(const Catalog& catalog) {
    std::vector<std::string> names;
    for (const auto& entry : catalog) names.push_back(entry.name);
    return names;
}

// One fixed hyperparameter's value. SageMaker's habit of numbers in quotes is accepted.
Json value_schema(const model::HyperparameterInfo& info) {
    Json json{{"description", info.help + " (" + model::allowed_text(info) + ")"}};
    if (info.default_value) json["default"] = protocol::to_json(*info.default_value);
    switch (info.type) {
        case ValueType::integer:
        case ValueType::real:
        case ValueType::layers:
            json["type"] = {info.type == ValueType::real ? "number" : "integer", "string", "boolean"};
            json["minimum"] = info.min;
            json["maximum"] = info.max;
            break;
        case ValueType::choice:
            if (info.name.ends_with("_network"))
                json["type"] = "string";  // its values have aliases
            else
                json["enum"] = info.choices;
            break;
        case ValueType::boolean:
            json["enum"] = {true, false, "true", "false", "True", "False"};
            break;
        case ValueType::comparators:
            json["type"] = "string";
            break;
        case ValueType::text:
            json["type"] = "string";
            // The service's own hidden ones may be anything.
            if (info.name.starts_with('_')) json["type"] = {"string", "number", "boolean"};
            break;
    }
    return json;
}

Json number(const char* description) {
    return {{"type", "number"}, {"description", description}};
}
Json positive(const char* description) {
    return {{"type", "number"}, {"exclusiveMinimum", 0}, {"description", description}};
}
Json scalar(const char* description) {
    return {{"type", {"string", "number", "boolean"}}, {"description", description}};
}
Json list_of(Json items, const char* description) {
    return {{"type", "array"}, {"items", std::move(items)}, {"description", description}};
}

Json conditions_schema(const char* description) {
    const Json one = scalar("the value it must have");
    const Json range =
        object({{"min", number("its value is at least this")}, {"max", number("its value is at most this")}},
               {}, "where a number must lie");
    return {{"type", "object"},
            {"description", description},
            {"minProperties", 1},
            {"additionalProperties", {{"anyOf", {one, list_of(one, "the values it may have"), range}}}}};
}

Json parameter_schema() {
    Json values = list_of(scalar("a value"), "of a categorical, or of an ordinal in their order");
    values["minItems"] = 1;
    return object(
        {{"type", choice({"float", "int", "categorical", "ordinal"}, "what kind of values")},
         {"min", number("smallest value")},
         {"max", number("largest value, included")},
         {"scale", choice({"linear", "log", "reverse_log"}, "where to look closely; log: near min")},
         {"step", positive("only min, min + step, ... up to max; linear scale only")},
         {"values", values},
         {"default", scalar("a value believed good, tried first")},
         {"when",
          conditions_schema("the parameter exists only when each parent here has one of the values given")}},
        {"type"}, "what may be tried for one hyperparameter");
}

void put_hyperparameters(Json& fixed, Json& space) {
    const auto put = [&](const std::string& name, const model::HyperparameterInfo& info) {
        fixed["properties"][name] = value_schema(info);
        space["properties"][name] = {{"$ref", "#/definitions/parameter"}};
    };
    for (const model::HyperparameterInfo& info : model::hyperparameter_table()) {
        put(info.name, info);
        for (const std::string& alias : info.aliases) put(alias, info);
    }
    // The parameters of synthetic problems have other names; what fits which is checked when the file is
    // read.
    fixed["additionalProperties"] = {{"type", {"string", "number", "boolean"}}};
    space["additionalProperties"] = {{"$ref", "#/definitions/parameter"}};
}

Json search_schema(const Json& space) {
    const Json combination = conditions_schema("all of these at once");
    const Json configuration{{"type", "object"},
                             {"description", "some parameters' values; the others have their defaults"},
                             {"additionalProperties", scalar("its value")}};
    return object(
        {{"strategy", choice(names_of(search::searchers()), "how the next trial is chosen")},
         {"seed", integer(0, "same seed, same trials")},
         {"grid_points", integer(1, "grid only: values taken from a float, and at most from an int")},
         {"population", integer(2, "pbt only: trials side by side")},
         {"interval", integer(1, "pbt only: epochs between two rounds of exploit and explore")},
         {"repeats",
          integer(1, "trials of each configuration, each with a seed of its own; not for cmaes and pbt")},
         {"forbidden", list_of(combination, "combinations that must not be tried")},
         {"enqueue", list_of(configuration, "configurations to try first, in this order")},
         {"space", space}},
        {}, "what is tried, and how it is chosen");
}

Json pruner_schema() {
    return object(
        {{"type", choice(names_of(search::pruners()), "which trials end early")},
         {"startup_trials", integer(0, "completed trials before anything is pruned")},
         {"warmup_epochs", integer(0, "epochs of a trial before it may be pruned")},
         {"percentile", positive("percentile: the share of trials, in percent, that is good enough")},
         {"patience", integer(1, "patience: epochs in a row without an improvement")},
         {"min_delta", {{"type", "number"}, {"minimum", 0}, {"description", "patience: what counts as one"}}},
         {"min_epochs", integer(1, "asha, hyperband: epochs of the lowest rung")},
         {"max_epochs", integer(0, "asha, hyperband: epochs of the highest rung; 0 = the trial's own")},
         {"reduction_factor", integer(2, "asha, hyperband: one in so many goes on")},
         {"brackets", integer(1, "asha: how many lowest rungs trials start from, in turn")},
         {"mode", choice({"promotion", "stopping"},
                         "asha: trials that are not promoted are paused (default), or stopped at once")}},
        {}, "ends hopeless trials early");
}

void put_command(Json& properties) {
    Json command = list_of({{"type", "string"}},
                           "another program, and its arguments, to run for each trial; "
                           "{NAME} stands for a parameter's value, {{ and }} for braces");
    Json metrics =
        list_of(object({{"name", text("of the metric; epoch: which epoch the program is in")},
                        {"regex", text("Perl's; its one group is the number in a line of the output")}},
                       {"name", "regex"}, "how a metric is found in what the program prints"),
                "what is read from its output; a line of the objective's metric ends an epoch");
    command["minItems"] = metrics["minItems"] = 1;
    properties["command"] = std::move(command);
    properties["folder"] = text("where the command runs; default: this file's folder");
    properties["metrics"] = std::move(metrics);
    properties["value"] = choice({"last", "best"}, "which epoch's metrics are the trial's; default: last");
}

// One of "objectives", or the "objective".
Json goal_schema(const char* description) {
    Json properties{
        {"metric",
         text("for example validation:accuracy, validation:hits@10; experiments/README.md lists them")},
        {"direction", choice({"minimize", "maximize"},
                             "default: as the metric is known to be good; unknown ones are minimized "
                             "unless they end in accuracy or pearson")},
        {"keep", choice({"loss", "objective", "last"},
                        "the epoch whose model is kept: best validation loss (default), best "
                        "metric, or the last one")}};
    put_command(properties);
    return object(std::move(properties), {"metric"}, description);
}

Json constraints_schema() {
    const Json one =
        object({{"metric", text("of a completed trial, for example model_bytes, latency_p99_ms")},
                {"min", number("at least this")},
                {"max", number("at most this")}},
               {"metric"}, "a bound on a metric");
    return list_of(one, "what a completed trial must keep to be the best");
}

Json warm_start_schema() {
    Json studies = list_of(text("a study's folder or study.db, or its name under runs/"),
                           "the studies whose trials this one begins with");
    studies["minItems"] = 1;
    const Json with_kind =
        object({{"studies", studies},
                {"kind", choice({"identical", "transfer"},
                                "identical (default): the same data, values compare; transfer: others, of "
                                "which only the order counts")}},
               {"studies"}, "which studies, and how they are to be understood");
    return {{"anyOf", {studies, with_kind}}, {"description", "what earlier studies found out"}};
}

Json data_schema() {
    const Json sides =
        object({{"in0", text("vocabulary of in0")}, {"in1", text("vocabulary of in1")}}, {}, "one a side");
    return object({{"train", text("JSON Lines of {\"label\": ..., \"in0\": [ids], \"in1\": [ids]}")},
                   {"validation", text("as train; judged after every epoch")},
                   {"test", text("as train; judged once, with the model kept")},
                   {"auxiliary", text("folder of pretrained embeddings and their vocabulary")},
                   {"vocabulary", {{"anyOf", {text("JSON object token -> id, of both sides"), sides}}}},
                   {"labels", text("JSON array of class names")},
                   {"skip_bad_lines",
                    integer(0, "so many bad lines of each file are left out and counted (default 0: none)")}},
                  {"train"}, "training pairs; paths are relative to this file");
}

Json slots_schema() {
    Json slot = object({{"device", text("cpu or cuda:N; of several GPUs cuda:N,cuda:M")},
                        {"cores", {{"type", "array"}, {"items", integer(0, "core number")}}}},
                       {}, "one worker's place");
    return {{"anyOf",
             {choice({"auto"}, "one per GPU, else one per physical core"), integer(1, "this many CPU slots"),
              Json{{"type", "array"}, {"minItems", 1}, {"items", slot}}}},
            {"description", "where workers run"}};
}

Json resources_schema() {
    const Json pilot = object({{"gpus", integer(0, "GPUs: several train one trial together")},
                               {"cores", integer(1, "cores, and threads of its worker")},
                               {"memory", text("as sbatch takes it: 16G")}},
                              {}, "what Slurm is asked for, for each");
    return object(
        {{"slots", slots_schema()},
         {"threads", integer(1, "threads, and cores, of one CPU worker")},
         {"devices_per_trial",
          integer(1, "GPUs, or times `threads` cores, that train one trial together, data-parallel")},
         {"trials_per_gpu", integer(1, "slots that share one GPU, for small trials")},
         {"executor", choice({"local", "slurm"},
                             "where trials run: on this machine, or in jobs of Slurm. `pilots` and what "
                             "describes them is for slurm alone, `slots` and what describes them for local")},
         {"pilots", integer(1, "jobs, each of which takes trial after trial: the most at one time")},
         {"per_pilot", pilot},
         {"partition", text("of Slurm (default: the site's)")},
         {"time", text("a job's limit: 8h, 30m, or as sbatch takes it (default: the site's)")},
         {"sbatch",
          {{"type", "array"}, {"items", {{"type", "string"}}}, {"description", "further options of sbatch"}}},
         {"address",
          text("host, or host:port, under which the nodes reach this machine (default: all it has)")},
         {"tls",
          {{"type", "boolean"}, {"description", "what goes between is encrypted, not only proved genuine"}}},
         {"programs", text("folder of o2v-pilot and o2v-worker on the nodes (default: where they are here)")},
         {"idle",
          {{"type", {"string", "number"}},
           {"description", "a job without a trial for so long is released (default 5m)"}}}},
        {}, "workers and what they may use");
}

Json limits_schema() {
    const auto quantity = [](const char* description) -> Json {
        return {{"type", {"string", "number"}}, {"description", description}};
    };
    return object({{"trial_time", quantity("training time of a trial (90s, 15m, 8h): then it fails")},
                   {"epoch_time", quantity("of one epoch: then the attempt fails and may be repeated")},
                   {"silence", quantity("a worker not heard of for so long is replaced (default 60s)")},
                   {"memory", quantity("of a worker process (500M, 2G): over it, it is out of memory")},
                   {"memory_growth", quantity("a worker that has grown by more than this since its first "
                                              "trial is replaced between trials (default 2G)")},
                   {"trials_per_worker", integer(1, "then a worker is replaced")}},
                  {}, "what a trial and its worker may take");
}

}  // namespace

Json experiment_schema() {
    Json fixed{{"type", "object"}, {"description", "hyperparameters every trial gets"}};
    Json space{{"type", "object"}, {"description", "hyperparameters that are tried"}};
    put_hyperparameters(fixed, space);
    Json properties{
        {"$schema", {{"type", "string"}}},
        {"name", text("of the study and its folder under runs/")},
        {"description", text("for people")},
        {"data", data_schema()},
        {"problem",
         choice(names_of(problems::problems()), "a synthetic objective in place of data, to try things out")},
        {"objective",
         goal_schema("what is a good trial; default: the least validation loss, else training loss")},
        {"objectives", list_of(goal_schema("one of them; keep and what is of a command go with the first"),
                               "in place of objective, several: the study looks for the Pareto front")},
        {"constraints", constraints_schema()},
        {"fixed", fixed},
        {"search", search_schema(space)},
        {"pruner", pruner_schema()},
        {"warm_start", warm_start_schema()},
        {"budget",
         object(
             {{"trials", integer(1, "trials in all")},
              {"time", {{"type", {"string", "number"}}, {"description", "seconds, or 90s, 15m, 8h, 2d"}}},
              {"target", {{"type", "number"}, {"description", "stop when the metric is this good"}}},
              {"no_improvement", integer(1, "stop after this many trials without a new best")},
              {"expected_gain",
               positive("stop when no more than this, in the metric's unit, is likely still to be gained")}},
             {}, "the study ends when the first of these is reached")},
        {"resources", resources_schema()},
        {"limits", limits_schema()},
        {"durability",
         choice({"second", "at_once"},
                "what is recorded survives a loss of power after a second (default) or at once; "
                "a kill it always survives")},
        {"reproducible",
         {{"type", "boolean"},
          {"description",
           "the study is a function of this file, the data and the seed, whatever "
           "the speed, the number or the failures of slots"}}},
        {"window", integer(1,
                           "of a reproducible study: trials that run side by side as the search sees it "
                           "(default: the number of slots, of \"auto\" 8)")},
        {"promote",
         object({{"as", text("name of the promoted model")},
                 {"mode", choice({"classification", "embedding"}, "what the model is for")},
                 {"refit",
                  {{"type", "boolean"},
                   {"description",
                    "train the winner again on train and validation data first, for as many epochs "
                    "as were best"}}}},
                {}, "the best model is kept under this name at the end")},
        {"notify",
         object({{"command",
                  {{"type", "array"},
                   {"items", {{"type", "string"}}},
                   {"minItems", 1},
                   {"description",
                    "a program and its arguments; a relative path is taken from the file's folder"}}}},
                {"command"}, "run when a run ends, with O2V_STUDY, O2V_END and others in its environment")}};
    Json schema = object(std::move(properties), {"name"}, "an experiment of o2v-tune");
    schema["$schema"] = "http://json-schema.org/draft-07/schema#";
    schema["title"] = "o2v-tune experiment";
    schema["definitions"]["parameter"] = parameter_schema();
    return schema;
}

std::vector<std::string> schema_violations(const Json& experiment) {
    static const Json document = experiment_schema();
    valijson::Schema schema;
    valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(document), schema);
    valijson::ValidationResults results;
    std::vector<std::string> lines;
    if (valijson::Validator().validate(schema, valijson::adapters::NlohmannJsonAdapter(experiment), &results))
        return lines;
    valijson::ValidationResults::Error error;
    while (results.popError(error)) {
        std::string path;
        for (const std::string& part : error.context) path += part;
        lines.push_back(path + ": " + error.description);
    }
    return lines;
}

}  // namespace o2v::orchestrator
