#include "orchestrator/enqueue.hpp"

#include "orchestrator/experiment_checks.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;

Json value_json(const Parameter* parameter, const std::string& text) {
    if (parameter && contains(parameter->domain, text)) return text;
    const Json json = Json::parse(text, nullptr, false);
    return json.is_number() || json.is_boolean() ? json : Json(text);
}

}  // namespace

Json settings_json(const SearchSpace& space, const std::vector<std::string>& settings) {
    Json json = Json::object();
    for (const std::string& setting : settings) {
        const std::size_t equals = setting.find('=');
        if (equals == 0 || equals == std::string::npos)
            throw InputError("a configuration", setting, "must be name=value");
        const std::string name = setting.substr(0, equals);
        if (json.contains(name)) throw InputError(name, setting, "is given twice");
        json[name] = value_json(space.find(name), setting.substr(equals + 1));
    }
    return json;
}

Assignment complete_configuration(const Experiment& experiment, const Json& given, const std::string& where) {
    std::vector<Problem> problems;
    const ParameterNames names = ParameterNames::of(experiment, experiment.is_asked());
    std::optional<Assignment> params =
        read_configuration(given, where, names, experiment.study.space, problems);
    if (!params) throw InputError(std::move(problems));
    return *std::move(params);
}

}  // namespace o2v::orchestrator
