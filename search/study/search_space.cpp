#include "search/study/search_space.hpp"

#include <algorithm>

#include "search/study/errors.hpp"
#include "search/study/search_space_check.hpp"

namespace o2v {
namespace {

bool holds_name(const std::vector<Parameter>& parameters, const std::string& name) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const Parameter& p) { return p.name == name; });
}

// One cycle among parameters of which each has a parent among them: "a -> b -> a".
Problem cycle_in(const std::vector<Parameter>& parameters) {
    std::vector<std::string> path{parameters.front().name};
    for (;;) {
        const auto& child = *std::find_if(parameters.begin(), parameters.end(),
                                          [&](const Parameter& p) { return p.name == path.back(); });
        const auto& condition =
            *std::find_if(child.only_if.begin(), child.only_if.end(),
                          [&](const Condition& c) { return holds_name(parameters, c.parent); });
        const auto start = std::find(path.begin(), path.end(), condition.parent) - path.begin();
        const bool met = start < std::ssize(path);
        path.push_back(condition.parent);
        if (!met) continue;
        std::string text;
        for (auto name = path.begin() + start; name != path.end(); ++name)
            text += (text.empty() ? "" : " -> ") + *name;
        return {"/" + path.back() + "/only_if", text, "the conditions form a cycle"};
    }
}

// Takes, again and again, the first parameter as given whose parents have all been taken.
std::vector<Parameter> parents_first(std::vector<Parameter> left) {
    std::vector<Parameter> ordered;
    while (!left.empty()) {
        const auto next = std::find_if(left.begin(), left.end(), [&](const Parameter& p) {
            return std::none_of(p.only_if.begin(), p.only_if.end(),
                                [&](const Condition& c) { return holds_name(left, c.parent); });
        });
        if (next == left.end()) throw InputError({cycle_in(left)});
        ordered.push_back(std::move(*next));
        left.erase(next);
    }
    return ordered;
}

}  // namespace

const std::vector<ParamValue>* listed_values(const Domain& domain) {
    if (const auto* d = std::get_if<CategoricalDomain>(&domain)) return &d->values;
    const auto* d = std::get_if<OrdinalDomain>(&domain);
    return d ? &d->values : nullptr;
}

bool Condition::accepts(const ParamValue& value) const {
    if (std::find(values.begin(), values.end(), o2v::to_text(value)) != values.end()) return true;
    if ((!min && !max) || std::holds_alternative<std::string>(value)) return false;
    const double number = to_number(value);
    return (!min || number >= *min) && (!max || number <= *max);
}

bool Condition::holds(const Assignment& params) const {
    const auto found = params.find(parent);
    return found != params.end() && accepts(found->second);
}

std::string to_text(const Condition& condition) {
    std::string text = condition.parent;
    for (const std::string& value : condition.values)
        text += (&value == condition.values.data() ? " = " : " or ") + value;
    if (!condition.min && !condition.max) return text;
    if (!condition.values.empty()) text += " or";
    const auto number = [](double x) { return to_text(ParamValue(x)); };
    if (!condition.max) return text + " >= " + number(*condition.min);
    if (!condition.min) return text + " <= " + number(*condition.max);
    return text + " in [" + number(*condition.min) + ", " + number(*condition.max) + "]";
}

SearchSpace::SearchSpace(std::vector<Parameter> parameters, std::vector<Combination> forbidden) {
    if (auto problems = problems_of(parameters, forbidden); !problems.empty())
        throw InputError(std::move(problems));
    parameters_ = parents_first(std::move(parameters));
    forbidden_ = std::move(forbidden);
}

const Parameter* SearchSpace::find(const std::string& name) const {
    const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                    [&](const Parameter& p) { return p.name == name; });
    return found == parameters_.end() ? nullptr : &*found;
}

bool SearchSpace::has_initial_values() const {
    return std::any_of(parameters_.begin(), parameters_.end(), [](const Parameter& p) { return p.initial; });
}

bool SearchSpace::active(const Parameter& parameter, const Assignment& partial) {
    return std::all_of(parameter.only_if.begin(), parameter.only_if.end(),
                       [&](const Condition& condition) { return condition.holds(partial); });
}

Assignment SearchSpace::decode(std::span<const double> unit) const {
    Assignment params;
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        if (active(parameters_[i], params))
            params.emplace(parameters_[i].name, from_unit(parameters_[i].domain, unit[i]));
    return params;
}

std::vector<double> SearchSpace::encode(const Assignment& params) const {
    std::vector<double> unit(parameters_.size(), 0.5);
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        if (const auto found = params.find(parameters_[i].name); found != params.end())
            unit[i] = to_unit(parameters_[i].domain, found->second);
    return unit;
}

Assignment SearchSpace::complete(const Assignment& given) const {
    Assignment params;
    for (const Parameter& parameter : parameters_) {
        if (!active(parameter, params)) continue;
        const auto found = given.find(parameter.name);
        params.emplace(parameter.name, found != given.end() ? found->second
                                       : parameter.initial  ? *parameter.initial
                                                            : from_unit(parameter.domain, 0.5));
    }
    return params;
}

bool SearchSpace::forbids(const Assignment& params) const {
    return std::any_of(forbidden_.begin(), forbidden_.end(), [&](const Combination& combination) {
        return std::all_of(combination.begin(), combination.end(),
                           [&](const Condition& condition) { return condition.holds(params); });
    });
}

bool SearchSpace::fits(const Assignment& params) const {
    std::size_t present = 0;
    for (const Parameter& parameter : parameters_) {
        const auto found = params.find(parameter.name);
        if ((found != params.end()) != active(parameter, params)) return false;
        if (found == params.end()) continue;
        if (!o2v::contains(parameter.domain, found->second)) return false;
        ++present;
    }
    return present == params.size();
}

}  // namespace o2v
