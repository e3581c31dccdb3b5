#include <algorithm>

#include "orchestrator/experiment_checks.hpp"
#include "search/problems/problems.hpp"

namespace o2v::orchestrator {
namespace {

using model::HyperparameterInfo;
using model::ValueType;

// What a problem of search/problems understands besides its own parameters.
const std::vector<std::string> kProblemExtras{"epochs", "epoch_seconds", "checkpoint_seconds"};

std::vector<std::string> names_of_problem(const std::string& problem) {
    std::vector<std::string> names = kProblemExtras;
    if (const problems::ProblemInfo* info = problems::find_problem(problem))
        for (const Parameter& p : info->space.parameters()) names.push_back(p.name);
    return names;
}

std::vector<std::string> hyperparameter_names() {
    std::vector<std::string> names;
    for (const HyperparameterInfo& info : model::hyperparameter_table()) names.push_back(info.name);
    return names;
}

}  // namespace

ParameterNames ParameterNames::of(const Experiment& experiment, bool asked) {
    if (asked || !experiment.command.empty()) return {Kind::any, ""};
    return {experiment.problem.empty() ? Kind::hyperparameters : Kind::of_problem, experiment.problem};
}

std::string ParameterNames::check_name(const std::string& name, const std::string& where,
                                       std::vector<Problem>& problems) const {
    std::vector<std::string> known;
    std::string message;
    switch (kind_) {
        case Kind::any:
            if (!name.empty()) return name;
            message = "a parameter's name must not be empty";
            break;
        case Kind::hyperparameters:
            if (std::string canonical = model::canonical_name(name); !canonical.empty()) return canonical;
            known = hyperparameter_names();
            message = "is no hyperparameter of Object2Vec";
            break;
        case Kind::of_problem:
            known = names_of_problem(problem_);
            if (std::find(known.begin(), known.end(), name) != known.end()) return name;
            message = "is no parameter of " + problem_;
            break;
    }
    const std::string near = nearest_name(name, known);
    problems.push_back({where, "", message + (near.empty() ? "" : "; did you mean " + near + "?")});
    return "";
}

std::optional<ParamValue> ParameterNames::check_value(const nlohmann::json& json, const std::string& name,
                                                      const std::string& where,
                                                      std::vector<Problem>& problems) const {
    const std::optional<ParamValue> value = read_param(json, where, problems);
    if (!value || kind_ != Kind::hyperparameters) return value;
    const HyperparameterInfo& info = *model::find_hyperparameter(name);
    if (const std::string wrong = model::check_value(info, *value); !wrong.empty()) {
        problems.push_back({where, json.dump(), wrong});
        return std::nullopt;
    }
    return model::canonical_value(info, *value);
}

std::vector<std::string> ParameterNames::domain_types(const std::string& name) const {
    if (kind_ != Kind::hyperparameters) return {"float", "int", "categorical", "ordinal"};
    switch (model::find_hyperparameter(name)->type) {
        case ValueType::integer:
        case ValueType::layers:
            return {"int", "categorical", "ordinal"};
        case ValueType::real:
            return {"float", "categorical", "ordinal"};
        default:
            return {"categorical", "ordinal"};
    }
}

std::optional<std::pair<std::string, ParamValue>> read_setting(const std::string& name,
                                                               const nlohmann::json& value,
                                                               const std::string& where,
                                                               const ParameterNames& names,
                                                               std::vector<Problem>& problems) {
    const std::string canonical = names.check_name(name, where, problems);
    if (canonical.empty()) return std::nullopt;
    std::optional<ParamValue> checked = names.check_value(value, canonical, where, problems);
    if (!checked) return std::nullopt;
    return std::pair{canonical, *std::move(checked)};
}

Assignment read_fixed(const nlohmann::json& json, const std::string& where, const ParameterNames& names,
                      std::vector<Problem>& problems) {
    Assignment fixed;
    if (!json.is_object()) {
        problems.push_back({where, json.dump(), "must be an object {\"name\": value}"});
        return fixed;
    }
    for (const auto& [key, value] : json.items()) {
        const std::string at = where + "/" + key;
        const auto setting = read_setting(key, value, at, names, problems);
        if (setting && !fixed.insert(*setting).second)
            problems.push_back({at, value.dump(), "is given twice, also as " + setting->first});
    }
    return fixed;
}

}  // namespace o2v::orchestrator
