#include <algorithm>
#include <map>
#include <set>

#include "orchestrator/experiment_checks.hpp"
#include "search/problems/problems.hpp"

namespace o2v::orchestrator {
namespace {

using model::HyperparameterInfo;
using model::ValueType;

// What a problem of search/problems understands besides its own parameters.
const std::vector<std::string> kProblemExtras{"epochs", "epoch_seconds"};

std::vector<std::string> known_names(const std::string& problem) {
    std::vector<std::string> names;
    if (problem.empty()) {
        for (const HyperparameterInfo& info : model::hyperparameter_table()) names.push_back(info.name);
        return names;
    }
    names = kProblemExtras;
    if (const problems::ProblemInfo* info = problems::find_problem(problem))
        for (const Parameter& p : info->space.parameters()) names.push_back(p.name);
    return names;
}

// The canonical name, or "" and a problem.
std::string check_name(const std::string& name, const std::string& where, const std::string& problem,
                       std::vector<Problem>& problems) {
    const std::vector<std::string> names = known_names(problem);
    if (problem.empty()) {
        if (std::string canonical = model::canonical_name(name); !canonical.empty()) return canonical;
    } else if (std::find(names.begin(), names.end(), name) != names.end()) {
        return name;
    }
    const std::string near = nearest_name(name, names);
    problems.push_back(
        {where, "",
         (problem.empty() ? "is no hyperparameter of Object2Vec" : "is no parameter of " + problem) +
             (near.empty() ? std::string() : "; did you mean " + near + "?")});
    return "";
}

// A value in the parameter's own spelling; nullopt and a problem when it is not allowed.
std::optional<ParamValue> check_param(const nlohmann::json& json, const std::string& name,
                                      const std::string& where, const std::string& problem,
                                      std::vector<Problem>& problems) {
    const std::optional<ParamValue> value = read_param(json, where, problems);
    if (!value || !problem.empty()) return value;
    const HyperparameterInfo& info = *model::find_hyperparameter(name);
    if (const std::string wrong = model::check_value(info, *value); !wrong.empty()) {
        problems.push_back({where, json.dump(), wrong});
        return std::nullopt;
    }
    return model::canonical_value(info, *value);
}

std::optional<Scale> read_scale(JsonFields& fields, bool integer) {
    std::vector<std::string> scales{"linear", "log"};
    if (!integer) scales.push_back("reverse_log");
    const std::optional<std::string> scale = fields.choice("scale", scales);
    if (!scale) return fields.has("scale") ? std::nullopt : std::optional(Scale::linear);
    return *scale == "linear" ? Scale::linear : *scale == "log" ? Scale::log : Scale::reverse_log;
}

std::optional<CategoricalDomain> read_values(JsonFields& fields, const std::string& name,
                                             const std::string& problem) {
    fields.require("values");
    const nlohmann::json* json = fields.get("values");
    if (!json) return std::nullopt;
    if (!json->is_array() || json->empty()) {
        fields.report("values", "must be a list of at least one value");
        return std::nullopt;
    }
    CategoricalDomain domain;
    for (std::size_t i = 0; i < json->size(); ++i) {
        const std::string where = fields.where("values/" + std::to_string(i));
        if (auto value = check_param((*json)[i], name, where, problem, fields.problems()))
            domain.values.push_back(*std::move(value));
    }
    return domain.values.size() == json->size() ? std::optional(domain) : std::nullopt;
}

std::optional<Domain> read_range(JsonFields& fields, bool integer, const std::string& name,
                                 const std::string& problem) {
    fields.require("min");
    fields.require("max");
    std::optional<Domain> domain;
    const std::optional<Scale> scale = read_scale(fields, integer);
    const std::size_t before = fields.problems().size();
    if (integer) {
        const auto min = fields.integer("min", INT64_MIN, INT64_MAX),
                   max = fields.integer("max", INT64_MIN, INT64_MAX);
        if (min && max && scale) domain = IntDomain{*min, *max, *scale};
    } else {
        const auto min = fields.number("min"), max = fields.number("max");
        if (min && max && scale) domain = FloatDomain{*min, *max, *scale};
    }
    if (problem.empty() && fields.problems().size() == before)
        for (const char* end : {"min", "max"})
            if (fields.has(end))
                check_param(*fields.get(end), name, fields.where(end), problem, fields.problems());
    return domain;
}

// The types a hyperparameter may be searched as.
std::vector<std::string> domain_types(const std::string& name, const std::string& problem) {
    if (!problem.empty()) return {"float", "int", "categorical"};
    switch (model::find_hyperparameter(name)->type) {
        case ValueType::integer:
        case ValueType::layers:
            return {"int", "categorical"};
        case ValueType::real:
            return {"float", "categorical"};
        default:
            return {"categorical"};
    }
}

std::vector<std::string> condition_values(const nlohmann::json& json, const std::string& parent,
                                          const std::string& where, const std::string& problem,
                                          std::vector<Problem>& problems) {
    std::vector<std::string> values;
    const nlohmann::json list = json.is_array() ? json : nlohmann::json::array({json});
    for (const nlohmann::json& value : list)
        if (const auto checked = check_param(value, parent, where, problem, problems))
            values.push_back(to_text(*checked));
    return values;
}

// The corners of a space and a seeded sample of it; of an empty space the one assignment there is.
std::vector<Assignment> sampled_assignments(const SearchSpace& space) {
    constexpr int kSamples = 200;
    Rng rng(derive_seed(0, 0));
    std::vector<Assignment> assignments;
    for (int i = 0; i < (space.size() == 0 ? 1 : kSamples); ++i) {
        std::vector<double> unit(space.size());
        for (double& u : unit) u = i == 0 ? 0.0 : i == 1 ? 1.0 : uniform01(rng);
        assignments.push_back(space.decode(unit));
    }
    return assignments;
}

// Reads "when". A condition on a fixed parameter is decided here: true disappears, false is a problem.
std::vector<Condition> read_conditions(JsonFields& fields, const std::string& problem,
                                       const Assignment& fixed) {
    std::vector<Condition> conditions;
    const nlohmann::json* json = fields.get("when");
    if (!json) return conditions;
    if (!json->is_object() || json->empty()) {
        fields.report("when", "must be an object {\"parent\": [values]}");
        return conditions;
    }
    for (const auto& [key, allowed] : json->items()) {
        const std::string where = fields.where("when/" + key);
        const std::string parent = check_name(key, where, problem, fields.problems());
        if (parent.empty()) continue;
        std::vector<std::string> values =
            condition_values(allowed, parent, where, problem, fields.problems());
        const auto known = fixed.find(parent);
        if (known == fixed.end())
            conditions.push_back({parent, std::move(values)});
        else if (std::find(values.begin(), values.end(), to_text(known->second)) == values.end())
            fields.problems().push_back(
                {where, allowed.dump(),
                 "can never hold: " + parent + " is fixed to " + to_text(known->second)});
    }
    return conditions;
}

}  // namespace

std::optional<std::pair<std::string, ParamValue>> read_setting(const std::string& name,
                                                               const nlohmann::json& value,
                                                               const std::string& where,
                                                               const std::string& problem,
                                                               std::vector<Problem>& problems) {
    const std::string canonical = check_name(name, where, problem, problems);
    if (canonical.empty()) return std::nullopt;
    std::optional<ParamValue> checked = check_param(value, canonical, where, problem, problems);
    if (!checked) return std::nullopt;
    return std::pair{canonical, *std::move(checked)};
}

Assignment read_fixed(const nlohmann::json& json, const std::string& where, const std::string& problem,
                      std::vector<Problem>& problems) {
    Assignment fixed;
    if (!json.is_object()) {
        problems.push_back({where, json.dump(), "must be an object {\"name\": value}"});
        return fixed;
    }
    for (const auto& [key, value] : json.items()) {
        const std::string at = where + "/" + key;
        const auto setting = read_setting(key, value, at, problem, problems);
        if (setting && !fixed.insert(*setting).second)
            problems.push_back({at, value.dump(), "is given twice, also as " + setting->first});
    }
    return fixed;
}

SearchSpace read_space(const nlohmann::json& json, const std::string& where, const std::string& problem,
                       const Assignment& fixed, std::vector<Problem>& problems) {
    std::vector<Parameter> parameters;
    if (!json.is_object()) {
        problems.push_back({where, json.dump(), "must be an object {\"name\": {\"type\": ...}}"});
        return {};
    }
    const std::size_t before = problems.size();
    for (const auto& [key, value] : json.items()) {
        const std::string at = where + "/" + key;
        const std::string name = check_name(key, at, problem, problems);
        if (name.empty()) continue;
        if (fixed.contains(name)) problems.push_back({at, "", "is fixed as well; it can be either"});
        JsonFields fields(value, at, problems);
        fields.require("type");
        const std::optional<std::string> type = fields.choice("type", domain_types(name, problem));
        std::optional<Domain> domain;
        if (type && *type == "categorical")
            domain = read_values(fields, name, problem);
        else if (type)
            domain = read_range(fields, *type == "int", name, problem);
        std::vector<Condition> conditions = read_conditions(fields, problem, fixed);
        if (type) fields.finish();
        if (domain) parameters.push_back({name, *std::move(domain), std::move(conditions)});
    }
    if (problems.size() > before) return {};
    try {
        return SearchSpace(std::move(parameters));
    } catch (const InputError& e) {
        for (const Problem& p : e.problems()) problems.push_back({where + "/" + p.where, p.value, p.message});
        return {};
    }
}

void check_combinations(const SearchSpace& space, const Assignment& fixed, const std::string& where,
                        std::vector<Problem>& problems) {
    std::set<std::string> seen;
    for (Assignment params : sampled_assignments(space)) {
        const std::string tried = params.empty() ? "" : " (with " + to_text(params) + ")";
        params.insert(fixed.begin(), fixed.end());
        try {
            model::resolve(params);
        } catch (const InputError& e) {
            for (const Problem& p : e.problems()) {
                if (!seen.insert(p.where + p.value).second) continue;
                problems.push_back({where + "/" + p.where, p.value, p.message + tried});
            }
        }
    }
}

std::vector<Problem> settings_without_effect(const SearchSpace& space, const Assignment& fixed) {
    struct Seen {
        int times_given = 0, times_idle = 0;
        Problem problem;
    };
    std::map<std::string, Seen> seen;
    for (Assignment params : sampled_assignments(space)) {
        params.insert(fixed.begin(), fixed.end());
        for (const auto& [name, value] : params) ++seen[name].times_given;
        std::vector<Problem> idle;
        model::resolve(params, &idle);
        for (Problem& problem : idle) {
            ++seen[problem.where].times_idle;
            seen[problem.where].problem = std::move(problem);
        }
    }
    std::vector<Problem> never;
    for (auto& [name, one] : seen)
        if (one.times_idle == one.times_given) never.push_back(std::move(one.problem));
    return never;
}

}  // namespace o2v::orchestrator
