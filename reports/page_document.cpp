#include <nlohmann/json.hpp>

#include "reports/page_json.hpp"

namespace o2v::reports {
namespace {

Json json_of_value(const ParamValue& value) {
    return std::visit([](const auto& v) { return Json(v); }, value);
}

const char* scale_text(Scale scale) {
    switch (scale) {
        case Scale::log:
            return "log";
        case Scale::reverse_log:
            return "reverse_log";
        case Scale::linear:
            break;
    }
    return "linear";
}

struct DomainJson {
    Json operator()(const FloatDomain& domain) const { return range("float", domain); }
    Json operator()(const IntDomain& domain) const { return range("int", domain); }
    Json operator()(const CategoricalDomain& domain) const { return listed("categorical", domain.values); }
    Json operator()(const OrdinalDomain& domain) const { return listed("ordinal", domain.values); }

    template <class Range>
    static Json range(const char* type, const Range& domain) {
        return {{"type", type},
                {"scale", scale_text(domain.scale)},
                {"min", domain.min},
                {"max", domain.max},
                {"step", domain.step}};
    }
    static Json listed(const char* type, const std::vector<ParamValue>& values) {
        Json array = Json::array();
        for (const ParamValue& value : values) array.push_back(json_of_value(value));
        return {{"type", type}, {"values", std::move(array)}};
    }
};

Json space_json(const SearchSpace& space) {
    Json array = Json::array();
    for (const Parameter& parameter : space.parameters()) {
        Json json{{"name", parameter.name}};
        json.update(std::visit(DomainJson{}, parameter.domain));
        json["when"] = Json::array();
        for (const Condition& condition : parameter.only_if) json["when"].push_back(to_text(condition));
        array.push_back(std::move(json));
    }
    return array;
}

template <class T>
Json json_or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json span_json(const TimeSpan& span) {
    return {{"start", json_number(span.start)}, {"end", json_or_null(span.end)}};
}

Json budget_json(const Budget& budget) {
    Json json;
    json["trials"] = json_or_null(budget.trials);
    json["seconds"] = budget.time ? Json(static_cast<double>(budget.time->count()) / 1000) : Json(nullptr);
    json["target"] = json_or_null(budget.target);
    return json;
}

Json importance_json(const PageImportance& importance) {
    Json shares = Json::array();
    for (const auto& [parameter, share] : importance.shares)
        shares.push_back({{"parameter", parameter}, {"share", json_number(share)}});
    return {{"method", importance.method}, {"shares", std::move(shares)}, {"remark", importance.remark}};
}

}  // namespace

Json head_json(const Study& study, const PageExtras& extras) {
    const StudySpec& spec = study.spec();
    Json json;
    json["format"] = 1;
    json["name"] = spec.name;
    json["run"] = extras.run;
    json["version"] = extras.version;
    json["now"] = json_number(extras.now);
    json["running"] = extras.running;
    for (const Goal& goal : study.goals())
        json["goals"].push_back({{"metric", goal.metric}, {"direction", to_text(goal.direction)}});
    json["constraints"] = Json::array();
    for (const Constraint& constraint : spec.constraints)
        json["constraints"].push_back({{"metric", constraint.metric},
                                       {"min", json_or_null(constraint.min)},
                                       {"max", json_or_null(constraint.max)}});
    json["space"] = space_json(spec.space);
    json["fixed"] = json_of(spec.fixed);
    json["search"] = {{"strategy", spec.search.strategy}, {"seed", spec.search.seed}};
    json["pruner"] = spec.pruner.type;
    json["budget"] = budget_json(spec.budget);
    for (std::size_t i = 0; i < kTrialStates; ++i) {
        const auto state = static_cast<TrialState>(i);
        json["counts"][std::string(to_text(state))] = study.count(state);
    }
    json["best"] = study.best() ? Json(study.best()->id) : Json(nullptr);
    json["front"] = spec.more_goals.empty() ? Json::array() : Json(study.pareto_front());
    json["hypervolume"] = hypervolume_json(study);
    json["runs"] = Json::array();
    for (const TimeSpan& run : extras.runs) json["runs"].push_back(span_json(run));
    json["importance"] = Json::array();
    for (const PageImportance& one : extras.importance) json["importance"].push_back(importance_json(one));
    return json;
}

std::string one_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string page_document(const Study& study, const PageExtras& extras) {
    Json json = head_json(study, extras);
    json["trials"] = Json::array();
    const PageTrials trials(study);
    for (const Trial& trial : study.trials()) json["trials"].push_back(trials.json(trial.id, extras));
    return one_line(json);
}

std::string page_update(const Study& study, const std::vector<TrialId>& changed, const PageExtras& extras) {
    Json json;
    json["head"] = head_json(study, extras);
    json["trials"] = Json::array();
    const PageTrials trials(study);
    for (const TrialId id : changed) json["trials"].push_back(trials.json(id, extras));
    return one_line(json);
}

}  // namespace o2v::reports
