#include <nlohmann/json.hpp>

#include "reports/comparison_formats.hpp"
#include "reports/comparison_values.hpp"
#include "reports/json.hpp"

namespace o2v::reports {
namespace {

Json json_of(const std::optional<Interval>& interval) {
    if (!interval) return nullptr;
    return Json::array({json_number(interval->low), json_number(interval->high)});
}

Json json_of(const Ratio& ratio) {
    return {{"ratio", json_number(ratio.value)},
            {"interval", json_of(ratio.interval)},
            {"harm", json_number(ratio.harm)},
            {"harm_interval", json_of(ratio.harm_interval)},
            {"verdict", ratio.verdict}};
}

Json json_of(const BenchResult& result) {
    Json json{{"file", result.source},     {"name", result.name},         {"started_at", result.started_at},
              {"commit", result.commit},   {"complete", result.complete}, {"repeats", result.repeats},
              {"machine", result.machine}, {"instance", nullptr}};
    if (result.instance) json["instance"] = result.instance->name;
    return json;
}

Json json_of(const Pairing& pairing) {
    Json json{{"result", json_of(pairing.other)}};
    json["differences"] = Json::array();
    for (const Difference& difference : pairing.differences)
        json["differences"].push_back(
            {{"aspect", difference.aspect}, {"text", difference.text}, {"refused", difference.refused}});
    json["rows"] = Json::array();
    for (const ComparedSeries& row : pairing.rows) {
        Json one{{"configuration", row.first.configuration},
                 {"measure", row.first.measure},
                 {"kind", row.first.kind},
                 {"unit", row.first.unit},
                 {"first", json_number(median(row.first.values))},
                 {"other", json_number(median(row.other.values))}};
        one.update(json_of(row.ratio));
        json["rows"].push_back(std::move(one));
    }
    json["overall"] = Json::object();
    for (const auto& [kind, ratio] : pairing.overall) json["overall"][kind] = json_of(ratio);
    json["reference"] = pairing.machine ? json_of(*pairing.machine) : Json();
    json["missing"] = pairing.missing;
    json["warnings"] = pairing.warnings;
    return json;
}

}  // namespace

std::string comparison_as_json(const Comparison& comparison) {
    Json json{{"comparable", !comparison.refused()}, {"first", json_of(comparison.first)}};
    json["others"] = Json::array();
    for (const Pairing& pairing : comparison.others) json["others"].push_back(json_of(pairing));
    json["cost"] = Json::array();
    for (const CostPoint& point : cost_points(comparison))
        json["cost"].push_back({{"instance", point.instance},
                                {"configuration", point.configuration},
                                {"measure", point.measure},
                                {"per_second", json_number(point.rate)},
                                {"price_per_hour", point.per_hour},
                                {"price_per_million", json_number(point.per_million)},
                                {"currency", point.currency},
                                {"price_as_of", point.as_of},
                                {"price_is_secondary", point.secondary}});
    return dumped(json);
}

std::string to_text(const Comparison& comparison, ComparisonFormat format) {
    switch (format) {
        case ComparisonFormat::json:
            return comparison_as_json(comparison);
        case ComparisonFormat::html:
            return comparison_as_html(comparison);
        default:
            return comparison_as_text(comparison, format == ComparisonFormat::markdown);
    }
}

}  // namespace o2v::reports
