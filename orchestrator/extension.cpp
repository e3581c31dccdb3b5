#include "orchestrator/extension.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "orchestrator/stored_study.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;

std::string type_of(const Domain& domain) {
    constexpr const char* kTypes[] = {"float", "int", "categorical", "ordinal"};
    return kTypes[domain.index()];
}

// Why the domain cannot become the other; "" when it can.
std::string domain_obstacle(const Domain& before, const Domain& after) {
    if (before.index() != after.index())
        return "/type: " + type_of(before) + " -> " + type_of(after) + ", which must stay";
    const auto of_range = [](const auto& a, const auto& b) -> std::string {
        if (a.scale != b.scale) return "/scale: must stay";
        if (a.step != b.step)
            return "/step: " + to_text(ParamValue(a.step)) + " -> " + to_text(ParamValue(b.step)) +
                   ", which must stay";
        return "";
    };
    if (const auto* a = std::get_if<FloatDomain>(&before)) return of_range(*a, std::get<FloatDomain>(after));
    if (const auto* a = std::get_if<IntDomain>(&before)) return of_range(*a, std::get<IntDomain>(after));
    if (std::holds_alternative<CategoricalDomain>(before)) return "";
    // What is in both stands in the same order in both.
    const std::vector<ParamValue>&a = *listed_values(before), &b = *listed_values(after);
    auto from = b.begin();
    for (const ParamValue& value : a) {
        if (std::find(b.begin(), b.end(), value) == b.end()) continue;
        from = std::find(from, b.end(), value);
        if (from == b.end()) return "/values: the values must keep their order";
    }
    return "";
}

// Why the trial does not lie in the space; "" when it does.
std::string trial_obstacle(const Assignment& params, const SearchSpace& space) {
    for (const auto& [name, value] : params) {
        const Parameter* parameter = space.find(name);
        if (!parameter) return name + " is not searched any more";
        if (!SearchSpace::active(*parameter, params))
            return name + " = " + to_text(value) + " would not exist in it any more";
        if (!contains(parameter->domain, value))
            return name + " = " + to_text(value) + " is not in the range or list any more";
    }
    for (const Parameter& parameter : space.parameters())
        if (!params.contains(parameter.name) && SearchSpace::active(parameter, params))
            return "it has no " + parameter.name;
    return space.forbids(params) ? to_text(params) + " is forbidden now" : "";
}

}  // namespace

std::vector<std::string> space_obstacles(const SearchSpace& before, const SearchSpace& after,
                                         const std::vector<Trial>& trials) {
    constexpr std::size_t kShown = 5;
    std::vector<std::string> lines;
    for (const Parameter& old : before.parameters())
        if (const Parameter* now = after.find(old.name))
            if (const std::string why = domain_obstacle(old.domain, now->domain); !why.empty())
                lines.push_back("/search/space/" + old.name + why);
    std::vector<std::string> outside;
    for (const Trial& trial : trials)
        if (const std::string why = trial_obstacle(trial.params, after); !why.empty())
            outside.push_back("trial " + std::to_string(trial.id) + " lies outside of the new space: " + why);
    if (outside.size() > kShown) {
        const std::size_t more = outside.size() - kShown;
        outside.resize(kShown);
        outside.push_back("and so do " + std::to_string(more) + " others");
    }
    lines.insert(lines.end(), outside.begin(), outside.end());
    return lines;
}

std::vector<std::string> obstacles(const Storage& storage, const Experiment& experiment, Change allowed) {
    // Read and written again, so that an option it was stored without has its default.
    const Experiment before =
        parse_experiment(Json::parse(storage.study().experiment), "study.db", Origin::stored);
    std::vector<std::string> lines = differences(to_json(before), to_json(experiment), allowed);
    const SearchSpace &old = before.study.space, &now = experiment.study.space;
    if (allowed == Change::none || old == now) return lines;
    const Study study = rebuild(before.study, storage);
    for (std::string& line : space_obstacles(old, now, study.trials())) lines.push_back(std::move(line));
    return lines;
}

}  // namespace o2v::orchestrator
