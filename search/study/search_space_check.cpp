#include "search/study/search_space_check.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace o2v {
namespace {

using Problems = std::vector<Problem>;

void check(const std::string& at, const FloatDomain& d, Problems& problems) {
    const auto complain = [&](const char* field, double value, std::string message) {
        problems.push_back({at + field, to_text(ParamValue(value)), std::move(message)});
    };
    if (!std::isfinite(d.min)) return complain("/min", d.min, "must be a finite number");
    if (!std::isfinite(d.max)) return complain("/max", d.max, "must be a finite number");
    if (d.min > d.max) complain("/min", d.min, "must not be above max, " + to_text(ParamValue(d.max)));
    if (d.scale == Scale::log && d.min <= 0) complain("/min", d.min, "must be greater than 0 on a log scale");
    if (d.scale == Scale::reverse_log && d.min < 0)
        complain("/min", d.min, "must be at least 0 on a reverse_log scale");
    if (d.scale == Scale::reverse_log && d.max >= 1)
        complain("/max", d.max, "must be less than 1 on a reverse_log scale");
    if (!std::isfinite(d.step) || d.step < 0) return complain("/step", d.step, "must be greater than 0");
    if (d.step == 0) return;
    if (d.scale != Scale::linear) complain("/step", d.step, "goes with the linear scale alone");
    if ((d.max - d.min) / d.step > static_cast<double>(kMaxIntegers))
        complain("/step", d.step, "leaves more than 2^40 values to choose from; leave it out");
}

void check(const std::string& at, const IntDomain& d, Problems& problems) {
    const auto complain = [&](const char* field, std::string value, std::string message) {
        problems.push_back({at + field, std::move(value), std::move(message)});
    };
    if (d.scale == Scale::reverse_log)
        complain("/scale", "reverse_log", "is for floats; an integer takes linear or log");
    if (d.min > d.max) {
        complain("/min", std::to_string(d.min), "must not be above max, " + std::to_string(d.max));
    } else if (static_cast<std::uint64_t>(d.max) - static_cast<std::uint64_t>(d.min) >=
               static_cast<std::uint64_t>(kMaxIntegers)) {
        complain("/max", std::to_string(d.max),
                 "leaves more than 2^40 integers to choose from; take a float");
    }
    if (d.step < 1) complain("/step", std::to_string(d.step), "must be at least 1");
    if (d.scale != Scale::log) return;
    if (d.step > 1) complain("/step", std::to_string(d.step), "goes with the linear scale alone");
    if (d.min <= 0) complain("/min", std::to_string(d.min), "must be greater than 0 on a log scale");
    if (d.max > kMaxIntegers) complain("/max", std::to_string(d.max), "must be at most 2^40 on a log scale");
}

void check_values(const std::string& at, const std::vector<ParamValue>& values, Problems& problems) {
    if (values.empty()) problems.push_back({at + "/values", "", "needs at least one value"});
    std::set<std::string> seen;
    for (const ParamValue& value : values) {
        const double* number = std::get_if<double>(&value);
        if (number && !std::isfinite(*number))
            problems.push_back({at + "/values", to_text(value), "must be a finite number"});
        else if (!seen.insert(to_text(value)).second)
            problems.push_back({at + "/values", to_text(value), "is given twice"});
    }
}

void check(const std::string& at, const CategoricalDomain& d, Problems& problems) {
    check_values(at, d.values, problems);
}
void check(const std::string& at, const OrdinalDomain& d, Problems& problems) {
    check_values(at, d.values, problems);
}

// The text read as a T, when it is the very text such a value has.
template <class T>
std::optional<ParamValue> read_as(const std::string& text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || to_text(ParamValue(value)) != text)
        return {};
    return value;
}

bool can_occur(const Domain& domain, const std::string& text) {
    if (const auto* values = listed_values(domain))
        return std::any_of(values->begin(), values->end(),
                           [&](const ParamValue& value) { return to_text(value) == text; });
    const auto value =
        std::holds_alternative<IntDomain>(domain) ? read_as<std::int64_t>(text) : read_as<double>(text);
    return value && contains(domain, *value);
}

std::string hint(const std::string& given, const std::vector<std::string>& candidates) {
    const std::string nearest = nearest_name(given, candidates);
    return nearest.empty() ? "" : "; did you mean " + nearest + "?";
}

std::vector<std::string> texts_of(const Domain& domain) {
    std::vector<std::string> texts;
    if (const auto* values = listed_values(domain))
        for (const ParamValue& value : *values) texts.push_back(to_text(value));
    return texts;
}

// Can the range of the condition hold for a value of the parent?
bool can_lie_in(const Domain& domain, const Condition& condition) {
    if (const auto* values = listed_values(domain))
        return std::any_of(values->begin(), values->end(),
                           [&](const ParamValue& value) { return condition.accepts(value); });
    const auto overlaps = [&](double min, double max) {
        return (!condition.min || max >= *condition.min) && (!condition.max || min <= *condition.max);
    };
    if (const auto* d = std::get_if<IntDomain>(&domain))
        return overlaps(static_cast<double>(d->min), static_cast<double>(d->max));
    const auto& d = std::get<FloatDomain>(domain);
    return overlaps(d.min, d.max);
}

void check(const std::string& at, const Condition& condition, const std::vector<Parameter>& parameters,
           Problems& problems) {
    const auto parent = std::find_if(parameters.begin(), parameters.end(),
                                     [&](const Parameter& p) { return p.name == condition.parent; });
    if (parent == parameters.end()) {
        std::vector<std::string> names;
        for (const Parameter& p : parameters) names.push_back(p.name);
        problems.push_back(
            {at, condition.parent, "is not a parameter of the space" + hint(condition.parent, names)});
        return;
    }
    const std::string here = at + "/" + condition.parent;
    const bool range = condition.min || condition.max;
    if (condition.values.empty() && !range) problems.push_back({here, "", "needs at least one value"});
    if (range && !can_lie_in(parent->domain, condition))
        problems.push_back({here, to_text(condition), "can never hold"});
    for (const std::string& value : condition.values)
        if (!can_occur(parent->domain, value))
            problems.push_back({here, value,
                                "is not a value that " + condition.parent + " can take" +
                                    hint(value, texts_of(parent->domain))});
}

}  // namespace

std::vector<Problem> problems_of(const std::vector<Parameter>& parameters,
                                 const std::vector<Combination>& forbidden) {
    Problems problems;
    std::set<std::string> names;
    for (const Parameter& parameter : parameters) {
        const std::string at = "/" + parameter.name;
        if (parameter.name.empty())
            problems.push_back({at, "", "a parameter's name must not be empty"});
        else if (!names.insert(parameter.name).second)
            problems.push_back({at, "", "is given twice"});
        const std::size_t before = problems.size();
        std::visit([&](const auto& domain) { check(at, domain, problems); }, parameter.domain);
        if (problems.size() == before && parameter.initial && !contains(parameter.domain, *parameter.initial))
            problems.push_back({at + "/default", to_text(*parameter.initial), "is not in the range or list"});
        for (const Condition& condition : parameter.only_if)
            check(at + "/only_if", condition, parameters, problems);
    }
    for (std::size_t i = 0; i < forbidden.size(); ++i) {
        const std::string at = "/forbidden/" + std::to_string(i);
        if (forbidden[i].empty())
            problems.push_back({at, "", "names no parameter and would forbid everything"});
        for (const Condition& condition : forbidden[i]) check(at, condition, parameters, problems);
    }
    return problems;
}

}  // namespace o2v
