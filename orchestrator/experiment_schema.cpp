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

Json condition_schema() {
    const Json scalar{{"type", {"string", "number", "boolean"}}};
    const Json list{{"type", "array"}, {"items", scalar}};
    return {{"type", "object"},
            {"description", "the parameter exists only when each parent here has one of the values given"},
            {"additionalProperties", {{"anyOf", {scalar, list}}}}};
}

Json parameter_schema() {
    const Json scalars{
        {"type", "array"}, {"minItems", 1}, {"items", {{"type", {"string", "number", "boolean"}}}}};
    return object(
        {{"type", choice({"float", "int", "categorical"}, "what kind of values")},
         {"min", {{"type", "number"}, {"description", "smallest value"}}},
         {"max", {{"type", "number"}, {"description", "largest value, included"}}},
         {"scale", choice({"linear", "log", "reverse_log"}, "where to look closely; log: near min")},
         {"values", scalars},
         {"when", condition_schema()}},
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
    return object(
        {{"strategy", choice(names_of(search::searchers()), "how the next trial is chosen")},
         {"seed", integer(0, "same seed, same trials")},
         {"grid_points", integer(1, "grid only: values taken from a float, and at most from an int")},
         {"space", space}},
        {}, "what is tried, and how it is chosen");
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
         object({{"metric", text("for example validation:accuracy")},
                 {"direction", choice({"minimize", "maximize"},
                                      "default: maximize an accuracy or correlation, minimize the rest")},
                 {"keep",
                  choice({"loss", "objective"},
                         "the epoch whose model is kept: best validation loss (default), or best metric")}},
                {"metric"}, "what is a good trial; default: the least validation loss, else training loss")},
        {"fixed", fixed},
        {"search", search_schema(space)},
        {"pruner", object({{"type", choice(names_of(search::pruners()), "which trials end early")},
                           {"startup_trials", integer(0, "completed trials before anything is pruned")},
                           {"warmup_epochs", integer(0, "epochs of a trial before it may be pruned")}},
                          {}, "ends hopeless trials early")},
        {"budget",
         object({{"trials", integer(1, "trials in all")},
                 {"time", {{"type", {"string", "number"}}, {"description", "seconds, or 90s, 15m, 8h, 2d"}}},
                 {"target", {{"type", "number"}, {"description", "stop when the metric is this good"}}},
                 {"no_improvement", integer(1, "stop after this many trials without a new best")}},
                {}, "the study ends when the first of these is reached")},
        {"resources",
         object(
             {{"slots", slots_schema()},
              {"threads", integer(1, "threads, and cores, of one CPU worker")},
              {"devices_per_trial",
               integer(1, "GPUs, or times `threads` cores, that train one trial together, data-parallel")}},
             {}, "workers and what they may use")},
        {"promote", object({{"as", text("name of the promoted model")},
                            {"mode", choice({"classification", "embedding"}, "what the model is for")}},
                           {}, "the best model is kept under this name at the end")}};
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
