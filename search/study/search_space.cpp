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

SearchSpace::SearchSpace(std::vector<Parameter> parameters) {
    if (auto problems = problems_of(parameters); !problems.empty()) throw InputError(std::move(problems));
    parameters_ = parents_first(std::move(parameters));
}

const Parameter* SearchSpace::find(const std::string& name) const {
    const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                    [&](const Parameter& p) { return p.name == name; });
    return found == parameters_.end() ? nullptr : &*found;
}

bool SearchSpace::active(const Parameter& parameter, const Assignment& partial) {
    return std::all_of(parameter.only_if.begin(), parameter.only_if.end(), [&](const Condition& condition) {
        const auto parent = partial.find(condition.parent);
        return parent != partial.end() && std::find(condition.values.begin(), condition.values.end(),
                                                    to_text(parent->second)) != condition.values.end();
    });
}

Assignment SearchSpace::decode(std::span<const double> unit) const {
    Assignment params;
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        if (active(parameters_[i], params))
            params.emplace(parameters_[i].name, from_unit(parameters_[i].domain, unit[i]));
    return params;
}

bool SearchSpace::contains(const Assignment& params) const {
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
