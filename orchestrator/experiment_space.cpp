#include <algorithm>

#include "orchestrator/experiment_checks.hpp"

namespace o2v::orchestrator {
namespace {

std::optional<Scale> read_scale(JsonFields& fields, bool integer) {
    std::vector<std::string> scales{"linear", "log"};
    if (!integer) scales.push_back("reverse_log");
    const std::optional<std::string> scale = fields.choice("scale", scales);
    if (!scale) return fields.has("scale") ? std::nullopt : std::optional(Scale::linear);
    return *scale == "linear" ? Scale::linear : *scale == "log" ? Scale::log : Scale::reverse_log;
}

std::optional<std::vector<ParamValue>> read_values(JsonFields& fields, const std::string& name,
                                                   const ParameterNames& names) {
    fields.require("values");
    const nlohmann::json* json = fields.get("values");
    if (!json) return std::nullopt;
    if (!json->is_array() || json->empty()) {
        fields.report("values", "must be a list of at least one value");
        return std::nullopt;
    }
    std::vector<ParamValue> values;
    for (std::size_t i = 0; i < json->size(); ++i) {
        const std::string where = fields.where("values/" + std::to_string(i));
        if (auto value = names.check_value((*json)[i], name, where, fields.problems()))
            values.push_back(*std::move(value));
    }
    return values.size() == json->size() ? std::optional(values) : std::nullopt;
}

std::optional<Domain> read_range(JsonFields& fields, bool integer, const std::string& name,
                                 const ParameterNames& names) {
    fields.require("min");
    fields.require("max");
    std::optional<Domain> domain;
    const std::size_t before = fields.problems().size();
    const std::optional<Scale> scale = read_scale(fields, integer);
    if (integer) {
        const auto min = fields.integer("min", INT64_MIN, INT64_MAX),
                   max = fields.integer("max", INT64_MIN, INT64_MAX);
        const auto step = fields.integer("step", 1, INT64_MAX);
        if (min && max && scale) domain = IntDomain{*min, *max, *scale, step.value_or(1)};
    } else {
        const auto min = fields.number("min"), max = fields.number("max"), step = fields.number("step");
        if (step && *step <= 0) fields.report("step", "must be greater than 0");
        if (min && max && scale) domain = FloatDomain{*min, *max, *scale, step.value_or(0)};
    }
    if (fields.problems().size() > before) return std::nullopt;
    for (const char* end : {"min", "max"})
        if (fields.has(end)) names.check_value(*fields.get(end), name, fields.where(end), fields.problems());
    return domain;
}

std::optional<Domain> read_domain(JsonFields& fields, const std::string& type, const std::string& name,
                                  const ParameterNames& names) {
    if (type == "float" || type == "int") return read_range(fields, type == "int", name, names);
    std::optional<std::vector<ParamValue>> values = read_values(fields, name, names);
    if (!values) return std::nullopt;
    return type == "ordinal" ? Domain(OrdinalDomain{*std::move(values)})
                             : Domain(CategoricalDomain{*std::move(values)});
}

std::vector<std::string> condition_values(const nlohmann::json& json, const std::string& parent,
                                          const std::string& where, const ParameterNames& names,
                                          std::vector<Problem>& problems) {
    std::vector<std::string> values;
    const nlohmann::json list = json.is_array() ? json : nlohmann::json::array({json});
    for (const nlohmann::json& value : list)
        if (const auto checked = names.check_value(value, parent, where, problems))
            values.push_back(to_text(*checked));
    return values;
}

// One value, a list of values, or {"min": a, "max": b} of a number's.
Condition read_condition(const std::string& parent, const nlohmann::json& json, const std::string& where,
                         const ParameterNames& names, std::vector<Problem>& problems) {
    Condition condition{parent, {}};
    if (!json.is_object()) {
        condition.values = condition_values(json, parent, where, names, problems);
        return condition;
    }
    JsonFields fields(json, where, problems);
    condition.min = fields.number("min");
    condition.max = fields.number("max");
    fields.finish();
    if (json.empty()) problems.push_back({where, "{}", "must have min, max or both"});
    if (condition.min && condition.max && *condition.min > *condition.max)
        fields.report("min", "must not be above max");
    return condition;
}

// The conditions of a "when" or of one forbidden combination. One on a fixed parameter is decided here: true
// disappears, false is a problem.
std::vector<Condition> read_conditions(const nlohmann::json& json, const std::string& where,
                                       const ParameterNames& names, const Assignment& fixed,
                                       std::vector<Problem>& problems) {
    std::vector<Condition> conditions;
    if (!json.is_object() || json.empty()) {
        problems.push_back({where, json.dump(), "must be an object {\"parameter\": [values]}"});
        return conditions;
    }
    for (const auto& [key, allowed] : json.items()) {
        const std::string at = where + "/" + key;
        const std::string parent = names.check_name(key, at, problems);
        if (parent.empty()) continue;
        const std::size_t before = problems.size();
        Condition condition = read_condition(parent, allowed, at, names, problems);
        const auto known = fixed.find(parent);
        if (known == fixed.end())
            conditions.push_back(std::move(condition));
        else if (problems.size() == before && !condition.accepts(known->second))
            problems.push_back(
                {at, allowed.dump(), "can never hold: " + parent + " is fixed to " + to_text(known->second)});
    }
    return conditions;
}

std::vector<Combination> read_forbidden(JsonFields& search, const ParameterNames& names,
                                        const Assignment& fixed) {
    std::vector<Combination> forbidden;
    const nlohmann::json* json = search.get("forbidden");
    if (!json) return forbidden;
    if (!json->is_array()) {
        search.report("forbidden", "must be a list of combinations [{\"parameter\": [values], ...}, ...]");
        return forbidden;
    }
    for (std::size_t i = 0; i < json->size(); ++i)
        forbidden.push_back(read_conditions((*json)[i], search.where("forbidden/" + std::to_string(i)), names,
                                            fixed, search.problems()));
    return forbidden;
}

std::optional<Parameter> read_parameter(const std::string& name, const nlohmann::json& json,
                                        const std::string& where, const ParameterNames& names,
                                        const Assignment& fixed, std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    fields.require("type");
    const std::optional<std::string> type = fields.choice("type", names.domain_types(name));
    std::optional<Domain> domain;
    if (type) domain = read_domain(fields, *type, name, names);
    std::vector<Condition> conditions;
    if (const nlohmann::json* when = fields.get("when"))
        conditions = read_conditions(*when, fields.where("when"), names, fixed, problems);
    std::optional<ParamValue> initial;
    if (const nlohmann::json* value = fields.get("default"))
        initial = names.check_value(*value, name, fields.where("default"), problems);
    if (type) fields.finish();
    if (!domain) return std::nullopt;
    if (initial) initial = as_held(*domain, *std::move(initial));
    return Parameter{name, *std::move(domain), std::move(conditions), std::move(initial)};
}

// SearchSpace's "/learning_rate/only_if" and "/forbidden/0/layers" as places of the file. A parameter may be
// called forbidden as well: its places do not go on with a number.
std::string place_of(const JsonFields& search, std::string where) {
    constexpr std::string_view kForbidden = "/forbidden/", kOnlyIf = "/only_if";
    if (where.size() > kForbidden.size() && where.starts_with(kForbidden) &&
        where[kForbidden.size()] >= '0' && where[kForbidden.size()] <= '9')
        return search.where(where.substr(1));
    if (const std::size_t at = where.rfind(kOnlyIf); at != std::string::npos)
        where.replace(at, kOnlyIf.size(), "/when");
    return search.where("space" + where);
}

}  // namespace

ParamValue as_held(const Domain& domain, ParamValue value) {
    if (contains(domain, value)) return value;
    ParamValue other = value;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        other = static_cast<double>(*integer);
    } else if (const auto* number = std::get_if<double>(&value)) {
        if (!(*number >= -0x1p62 && *number <= 0x1p62)) return value;
        const auto whole = static_cast<std::int64_t>(*number);
        if (static_cast<double>(whole) == *number) other = whole;
    }
    return contains(domain, other) ? other : value;
}

SearchSpace read_space(JsonFields& search, const ParameterNames& names, const Assignment& fixed) {
    std::vector<Problem>& problems = search.problems();
    const std::size_t before = problems.size();
    std::vector<Parameter> parameters;
    if (const nlohmann::json* json = search.get("space"); json && !json->is_object()) {
        search.report("space", "must be an object {\"name\": {\"type\": ...}}");
    } else if (json) {
        for (const auto& [key, value] : json->items()) {
            const std::string at = search.where("space/" + key);
            const std::string name = names.check_name(key, at, problems);
            if (name.empty()) continue;
            if (fixed.contains(name)) problems.push_back({at, "", "is fixed as well; it can be either"});
            if (auto parameter = read_parameter(name, value, at, names, fixed, problems))
                parameters.push_back(*std::move(parameter));
        }
    }
    std::vector<Combination> forbidden = read_forbidden(search, names, fixed);
    if (problems.size() > before) return {};
    try {
        return SearchSpace(std::move(parameters), std::move(forbidden));
    } catch (const InputError& e) {
        for (const Problem& p : e.problems())
            problems.push_back({place_of(search, p.where), p.value, p.message});
        return {};
    }
}

std::optional<Assignment> read_configuration(const nlohmann::json& json, const std::string& where,
                                             const ParameterNames& names, const SearchSpace& space,
                                             std::vector<Problem>& problems) {
    const std::size_t before = problems.size();
    Assignment given = read_fixed(json, where, names, problems);
    for (auto& [name, value] : given) {
        const Parameter* parameter = space.find(name);
        if (!parameter) {
            std::vector<std::string> known;
            for (const Parameter& p : space.parameters()) known.push_back(p.name);
            const std::string near = nearest_name(name, known);
            problems.push_back(
                {where + "/" + name, to_text(value),
                 "is not searched" + (near.empty() ? std::string() : "; did you mean " + near + "?")});
            continue;
        }
        value = as_held(parameter->domain, std::move(value));
        if (!contains(parameter->domain, value))
            problems.push_back({where + "/" + name, to_text(value), "is not in the range or list"});
    }
    if (problems.size() > before) return std::nullopt;
    Assignment params = space.complete(given);
    for (const auto& [name, value] : given)
        if (!params.contains(name)) {
            std::string conditions;
            for (const Condition& condition : space.find(name)->only_if)
                conditions += (conditions.empty() ? "" : " and ") + to_text(condition);
            problems.push_back({where + "/" + name, to_text(value), "exists only when " + conditions});
        }
    if (problems.size() == before && space.forbids(params))
        problems.push_back({where, to_text(params), "is a forbidden combination"});
    return problems.size() > before ? std::nullopt : std::optional(std::move(params));
}

std::vector<Assignment> read_enqueued(JsonFields& search, const ParameterNames& names,
                                      const SearchSpace& space) {
    std::vector<Assignment> enqueued;
    const nlohmann::json* json = search.get("enqueue");
    if (!json) return enqueued;
    if (!json->is_array()) {
        search.report("enqueue", "must be a list of configurations [{\"parameter\": value, ...}, ...]");
        return enqueued;
    }
    for (std::size_t i = 0; i < json->size(); ++i)
        if (auto params = read_configuration((*json)[i], search.where("enqueue/" + std::to_string(i)), names,
                                             space, search.problems()))
            enqueued.push_back(*std::move(params));
    return enqueued;
}

}  // namespace o2v::orchestrator
