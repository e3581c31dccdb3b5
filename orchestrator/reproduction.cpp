// What two trainings of a trial have in common, and how it is told.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "orchestrator/reproduce.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;

bool same_bits(const std::optional<double>& a, const std::optional<double>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return std::bit_cast<std::uint64_t>(*a) == std::bit_cast<std::uint64_t>(*b) ||
           (std::isnan(*a) && std::isnan(*b));
}

std::optional<double> value_of(const Metrics& metrics, const std::string& name) {
    const auto found = metrics.find(name);
    return found == metrics.end() ? std::nullopt : std::optional(found->second);
}

std::string value_text(const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : "-";
}

std::string epoch_text(const Discrepancy& d) {
    return d.epoch ? std::to_string(*d.epoch) : "kept";
}

Json json_value(const std::optional<double>& value) {
    if (!value) return nullptr;
    return std::isfinite(*value) ? Json(*value) : Json(fmt::format("{}", *value));
}

std::string table(const std::vector<Discrepancy>& metrics) {
    std::size_t widest = 6;
    for (const Discrepancy& d : metrics) widest = std::max(widest, d.metric.size());
    std::string text =
        fmt::format("  {:>5}  {:<{}}  {:>22}  {:>22}\n", "epoch", "metric", widest, "recorded", "again");
    for (const Discrepancy& d : metrics)
        text += fmt::format("  {:>5}  {:<{}}  {:>22}  {:>22}\n", epoch_text(d), d.metric, widest,
                            value_text(d.recorded), value_text(d.again));
    return text;
}

}  // namespace

bool Reproduction::equal() const {
    return metrics.empty() && weights_recorded == weights_again && ending.empty();
}

std::vector<Discrepancy> compare(const Metrics& recorded, const Metrics& again,
                                 std::optional<std::int64_t> epoch) {
    std::set<std::string> names;
    for (const Metrics* metrics : {&recorded, &again})
        for (const auto& [name, value] : *metrics) names.insert(name);
    std::vector<Discrepancy> found;
    for (const std::string& name : names) {
        const std::optional<double> a = value_of(recorded, name), b = value_of(again, name);
        if (!same_bits(a, b)) found.push_back({epoch, name, a, b});
    }
    return found;
}

std::vector<Discrepancy> compare(const std::vector<Measurement>& recorded,
                                 const std::vector<Measurement>& again, std::int64_t from) {
    std::map<std::int64_t, std::pair<Metrics, Metrics>> epochs;
    for (const Measurement& m : recorded)
        if (m.epoch >= from) epochs[m.epoch].first = m.metrics;
    for (const Measurement& m : again)
        if (m.epoch >= from) epochs[m.epoch].second = m.metrics;
    std::vector<Discrepancy> found;
    for (const auto& [epoch, both] : epochs) {
        const auto more = compare(both.first, both.second, epoch);
        found.insert(found.end(), more.begin(), more.end());
    }
    return found;
}

std::string to_text(const Reproduction& r) {
    std::string what = fmt::format("{} {}", r.epochs, r.epochs == 1 ? "epoch" : "epochs");
    const std::string weights = !r.weights_compared() ? "; there is no kept model to compare weights with"
                                : r.weights_recorded == r.weights_again
                                    ? ", and the weights (XXH3-128 " + r.weights_again + ")"
                                    : "";
    if (r.equal()) return fmt::format("trial {}: equal: every metric of {}{}\n", r.trial, what, weights);
    std::string text = fmt::format("trial {}: different\n", r.trial);
    if (!r.ending.empty()) text += r.ending + '\n';
    if (!r.metrics.empty()) text += table(r.metrics);
    if (r.weights_recorded != r.weights_again)
        text += fmt::format("the weights differ: XXH3-128 {} recorded, {} again\n", r.weights_recorded,
                            r.weights_again);
    if (r.changes.empty())
        return text + "data, machine, versions and worker are as they were: nothing on record explains it\n";
    text += "what is not as it was then:\n";
    for (const std::string& change : r.changes) text += "  " + change + '\n';
    return text;
}

nlohmann::json to_json(const Reproduction& r) {
    Json metrics = Json::array();
    for (const Discrepancy& d : r.metrics)
        metrics.push_back({{"epoch", d.epoch ? Json(*d.epoch) : Json(nullptr)},
                           {"metric", d.metric},
                           {"recorded", json_value(d.recorded)},
                           {"again", json_value(d.again)}});
    return {
        {"trial", r.trial},
        {"equal", r.equal()},
        {"epochs", r.epochs},
        {"metrics", metrics},
        {"weights",
         {{"compared", r.weights_compared()}, {"recorded", r.weights_recorded}, {"again", r.weights_again}}},
        {"ending", r.ending},
        {"changes", r.changes}};
}

}  // namespace o2v::orchestrator
