// Another program as the objective: the fields of an experiment file, and whether it can be started.
#include <algorithm>
#include <boost/regex.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "orchestrator/experiment_checks.hpp"
#include "orchestrator/programs.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::vector<std::string> read_arguments(JsonFields& fields) {
    const Json& json = *fields.get("command");
    const bool texts = json.is_array() && !json.empty() &&
                       std::all_of(json.begin(), json.end(), [](const Json& j) { return j.is_string(); });
    if (texts && !json.front().get_ref<const std::string&>().empty())
        return json.get<std::vector<std::string>>();
    fields.report("command",
                  "must be a list of texts, the program and its arguments: [\"./train.sh\", "
                  "\"--lr={learning_rate}\"]");
    return {"?"};  // it is one, so that nothing else is asked for
}

void check_regex(JsonFields& fields, const std::string& text) {
    try {
        const boost::regex regex(text);
        if (regex.mark_count() != 1)
            fields.report("regex", "must have exactly one group, which holds the number, and has " +
                                       std::to_string(regex.mark_count()) +
                                       "; (?:...) groups without counting");
    } catch (const boost::regex_error& e) {
        fields.report("regex", std::string("is no regular expression: ") + e.what());
    }
}

std::vector<protocol::MetricDefinition> read_metrics(JsonFields& fields) {
    constexpr const char* kShape =
        "must be a list [{\"name\": \"validation:loss\", \"regex\": \"loss=(\\\\S+)\"}, ...]";
    std::vector<protocol::MetricDefinition> metrics;
    const Json* json = fields.get("metrics");
    if (!json || !json->is_array() || json->empty()) {
        fields.report("metrics", (json ? "" : "is required: ") + std::string(kShape));
        return metrics;
    }
    std::set<std::string> names;
    for (std::size_t i = 0; i < json->size(); ++i) {
        JsonFields one((*json)[i], fields.where("metrics/" + std::to_string(i)), fields.problems());
        one.require("name");
        one.require("regex");
        protocol::MetricDefinition definition;
        definition.name = one.text("name").value_or("");
        if (one.has("name") && definition.name.empty()) one.report("name", "must not be empty");
        if (!names.insert(definition.name).second) one.report("name", "is given twice");
        if (const auto regex = one.text("regex")) {
            definition.regex = *regex;
            check_regex(one, *regex);
        }
        one.finish();
        metrics.push_back(std::move(definition));
    }
    return metrics;
}

std::vector<std::string> parameter_names(const StudySpec& study) {
    std::vector<std::string> names;
    for (const auto& [name, value] : study.fixed) names.push_back(name);
    for (const Parameter& parameter : study.space.parameters()) names.push_back(parameter.name);
    return names;
}

std::string unknown_parameter(const std::string& name, const std::vector<std::string>& known) {
    if (known.empty()) return "names {" + name + "}, and there are no parameters";
    const std::string near = nearest_name(name, known);
    std::string message = "names {" + name + "}, which is no parameter; ";
    if (!near.empty()) return message + "did you mean {" + near + "}?";
    message += "parameters are";
    for (const std::string& one : known) message += (&one == &known.front() ? " " : ", ") + one;
    return message;
}

}  // namespace

void read_command(JsonFields& fields, Experiment& experiment) {
    const Json* objective = fields.get("objective");
    std::string where = fields.where("objective");
    if (const Json* several = fields.get("objectives");
        !objective && several && several->is_array() && !several->empty()) {
        objective = &several->front();
        where = fields.where("objectives/0");
    }
    if (!objective || !objective->is_object() || !objective->contains("command")) return;
    JsonFields own(*objective, where, fields.problems());
    protocol::CommandSpec& command = experiment.command;
    command.arguments = read_arguments(own);
    const fs::path beside = fs::path(experiment.file).parent_path();
    command.folder = (beside / own.text("folder").value_or("")).lexically_normal().string();
    if (command.folder.size() > 1 && command.folder.back() == '/') command.folder.pop_back();
    if (own.choice("value", {"last", "best"}) == "best") command.value = protocol::ValueRule::best;
    command.metrics = read_metrics(own);
}

void check_command(const Experiment& experiment, const std::string& where, std::vector<Problem>& problems) {
    const std::vector<std::string>& arguments = experiment.command.arguments;
    const std::vector<std::string> known = parameter_names(experiment.study);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string at = where + "/command/" + std::to_string(i);
        try {
            for (const std::string& name : protocol::placeholders(arguments[i]))
                if (std::find(known.begin(), known.end(), name) == known.end())
                    problems.push_back({at, arguments[i], unknown_parameter(name, known)});
        } catch (const InputError& e) {
            for (const Problem& problem : e.problems())
                problems.push_back({at, arguments[i], problem.message});
        }
    }
    if (experiment.command.empty()) return;
    std::map<std::string, std::string> by_variable;
    for (const std::string& name : known) {
        const auto [other, is_new] = by_variable.emplace(protocol::environment_name(name), name);
        if (!is_new)
            problems.push_back({where + "/command", name,
                                "would reach the program as " + other->first + ", as does " + other->second});
    }
    if (experiment.study.search.strategy == "pbt")
        problems.push_back({experiment.file + ": /search/strategy", "\"pbt\"",
                            "copies checkpoints from trial to trial, and those of a command are its own"});
}

void check_program(const Experiment& experiment) {
    const protocol::CommandSpec& command = experiment.command;
    const std::string where =
        experiment.file + (experiment.study.more_goals.empty() ? ": /objective" : ": /objectives/0");
    if (!fs::is_directory(command.folder))
        throw InputError(where + "/folder", command.folder, "is no folder");
    const std::string& program = command.arguments.front();
    if (!protocol::placeholders(program).empty()) return;
    const std::string name = *protocol::substitute(program, {});
    if (name.find('/') == std::string::npos) {
        if (!find_on_path(name, command.folder))
            throw InputError(where + "/command/0", program,
                             "is found in no folder of PATH; a program beside this file begins with ./");
        return;
    }
    const fs::path path = fs::path(command.folder) / name;
    if (const std::string why = why_not_executable(path.string()); !why.empty())
        throw InputError(where + "/command/0", program, path.lexically_normal().string() + " " + why);
}

}  // namespace o2v::orchestrator
