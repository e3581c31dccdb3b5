#include "orchestrator/model_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "orchestrator/model_lineage.hpp"
#include "reports/leaderboard.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;
using Rows = std::vector<std::vector<std::string>>;

// Columns two blanks apart, the last one unpadded.
std::string table(const Rows& rows, const std::string& indent = "") {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto& row : rows) {
        text += indent;
        for (std::size_t i = 0; i + 1 < row.size(); ++i) text += fmt::format("{:<{}}  ", row[i], widths[i]);
        text += row.back() + '\n';
    }
    return text;
}

// The first goal's figure on the data that versions are compared on.
std::optional<JudgedGoal> judged_figure(const VersionRecord& version) {
    if (version.lineage.is_null()) return std::nullopt;
    const Judged judged = judged_in(version.lineage);
    return judged.goals.empty() ? std::nullopt : std::optional(judged.goals.front());
}

std::string state_of(const VersionRecord& version) {
    return version.current ? "current" : version.withdrawn ? "rolled back" : "";
}

bool is_refit(const VersionRecord& version) {
    return version.lineage.is_object() && version.lineage.value("refit", Json()).is_object();
}

std::string value_text(const Json& value) {
    if (value.is_number_float()) return reports::metric_text(value.get<double>());
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// Searched and fixed ones, as the trial was trained.
Json hyperparameters(const Json& lineage) {
    Json all = lineage.value("params", Json::object());
    const Json fixed = lineage.value("fixed", Json::object());
    for (const auto& [name, value] : fixed.items())
        if (!all.contains(name)) all[name] = value;
    return all;
}

// A data file by what is in it.
Json contents(const Json& lineage) {
    Json files = Json::object();
    const Json data = lineage.value("data", Json::object());
    for (const auto& [name, file] : data.items())
        files[name] = file.is_object() ? file.value("xxh3", Json()) : file;
    return files;
}

Json refit_of(const Json& lineage) {
    const Json refit = lineage.value("refit", Json());
    if (!refit.is_object()) return {{"refit", false}};
    return {
        {"refit", true}, {"epochs", refit.value("epochs", Json())}, {"pairs", refit.value("pairs", Json())}};
}

std::vector<std::pair<std::string, Json>> parts_of(const Json& lineage) {
    return {{"metrics", lineage.value("metrics", Json::object())},
            {"hyperparameters", hyperparameters(lineage)},
            {"data", contents(lineage)},
            {"code", lineage.value("code", Json::object())},
            {"refit", refit_of(lineage)}};
}

std::string title(const VersionRecord& version) {
    return fmt::format("{} version {}", version.name, version.number);
}

std::string judged_text(const Judged& judged) {
    if (judged.set.empty()) return "nothing: there is no data it has not been trained on";
    const std::string what = judged.set == "objective" ? judged.set : judged.set + " set";
    return fmt::format("the {} (XXH3-128 {})", what, judged.xxh3);
}

}  // namespace

std::string models_table(const std::vector<VersionRecord>& versions,
                         const std::function<std::string(const std::string&)>& shown) {
    if (versions.empty()) return "";
    Rows rows{{"", "model", "version", "study", "trial", "metric", "value", "age", "size", "folder"}};
    for (const VersionRecord& version : versions) {
        const auto figure = judged_figure(version);
        const bool readable = version.lineage.is_object();
        rows.push_back(
            {version.current ? "*" : "", version.name, std::to_string(version.number),
             readable ? version.lineage.at("study").get<std::string>() : "?",
             readable ? version.lineage.at("trial").dump() + (is_refit(version) ? " (refit)" : "") : "?",
             figure ? figure->goal.metric : "-",
             figure && figure->value ? reports::metric_text(*figure->value) : "-",
             reports::duration_text(static_cast<double>(version.age.count())),
             reports::bytes_text(static_cast<std::int64_t>(version.bytes)), shown(version.path)});
    }
    std::string text = table(rows);
    for (const VersionRecord& version : versions) {
        if (version.withdrawn) text += title(version) + " was rolled back\n";
        if (!version.damage.empty()) text += version.damage + '\n';
    }
    return text;
}

Json summary_json(const VersionRecord& version) {
    const auto figure = judged_figure(version);
    const bool readable = version.lineage.is_object();
    const bool valued = figure && figure->value && std::isfinite(*figure->value);
    return {{"run", version.run.empty() ? Json() : Json(version.run)},
            {"name", version.name},
            {"version", version.number},
            {"path", version.path},
            {"current", version.current},
            {"withdrawn", version.withdrawn},
            {"age_seconds", version.age.count()},
            {"bytes", version.bytes},
            {"study", readable ? version.lineage.at("study") : Json()},
            {"trial", readable ? version.lineage.at("trial") : Json()},
            {"metric", figure ? Json(figure->goal.metric) : Json()},
            {"value", valued ? Json(*figure->value) : Json()},
            {"refit", readable ? Json(is_refit(version)) : Json()},
            {"damage", version.damage.empty() ? Json() : Json(version.damage)}};
}

std::string version_page(const VersionRecord& version) {
    const Json& lineage = version.lineage;
    const std::string state = state_of(version);
    std::string text = title(version) + (state.empty() ? "" : " (" + state + ")") + '\n';
    Rows facts{{"folder", version.path},
               {"size", reports::bytes_text(static_cast<std::int64_t>(version.bytes))},
               {"age", reports::duration_text(static_cast<double>(version.age.count()))},
               {"study", lineage.at("study").get<std::string>()},
               {"trial",
                fmt::format("{}, seed {}", lineage.at("trial").dump(), lineage.value("seed", Json()).dump())},
               {"epoch kept", lineage.value("best_epoch", Json()).dump()},
               {"compared on", judged_text(judged_in(lineage))}};
    if (is_refit(version))
        facts.push_back({"refit", fmt::format("on {} pairs of train and validation, {} epochs",
                                              lineage.at("refit").value("pairs", Json()).dump(),
                                              lineage.at("refit").value("epochs", Json()).dump())});
    text += table(facts, "  ");
    const auto section = [&](const char* name, const Json& values) {
        Rows rows;
        for (const auto& [key, value] : values.items()) rows.push_back({key, value_text(value)});
        if (!rows.empty()) text += fmt::format("{}\n{}", name, table(rows, "  "));
    };
    section("metrics", lineage.at("metrics"));
    section("searched", lineage.at("params"));
    section("fixed", lineage.value("fixed", Json::object()));
    section("data (XXH3-128)", contents(lineage));
    section("code", lineage.value("code", Json::object()));
    return text;
}

Json version_json(const VersionRecord& version) {
    Json json = summary_json(version);
    json["lineage"] = version.lineage;
    return json;
}

std::vector<ModelDifference> differences(const VersionRecord& one, const VersionRecord& other) {
    std::vector<ModelDifference> found;
    const auto before = parts_of(one.lineage), after = parts_of(other.lineage);
    for (std::size_t i = 0; i < before.size(); ++i) {
        const auto& [part, left] = before[i];
        const Json& right = after[i].second;
        std::set<std::string> names;
        for (const Json* side : {&left, &right})
            for (const auto& [name, value] : side->items()) names.insert(name);
        const auto value_in = [](const Json& side, const std::string& name) {
            return side.contains(name) ? std::optional<Json>(side.at(name)) : std::nullopt;
        };
        for (const std::string& name : names) {
            auto a = value_in(left, name), b = value_in(right, name);
            if (a != b) found.push_back({part, name, std::move(a), std::move(b)});
        }
    }
    return found;
}

std::string difference_page(const VersionRecord& one, const VersionRecord& other) {
    const std::vector<ModelDifference> found = differences(one, other);
    const auto origin = [](const VersionRecord& version) {
        return fmt::format("{} (trial {})", title(version), version.lineage.at("trial").dump());
    };
    std::string text = origin(one) + " -> " + origin(other) + '\n';
    if (found.empty()) return text + "nothing differs\n";
    const auto shown = [](const std::optional<Json>& value) { return value ? value_text(*value) : "-"; };
    std::string part;
    Rows rows;
    const auto flush = [&] {
        if (!rows.empty()) text += part + '\n' + table(rows, "  ");
        rows.clear();
    };
    for (const ModelDifference& difference : found) {
        if (difference.part != part) flush();
        part = difference.part;
        std::string left = shown(difference.one), right = shown(difference.other);
        if (left == right) {  // alike in four digits
            left = difference.one ? difference.one->dump() : left;
            right = difference.other ? difference.other->dump() : right;
        }
        rows.push_back({difference.name, left, "->", right});
    }
    flush();
    return text;
}

Json difference_json(const VersionRecord& one, const VersionRecord& other) {
    Json parts = Json::object();
    for (const auto& [part, values] : parts_of(one.lineage)) parts[part] = Json::object();
    for (const ModelDifference& d : differences(one, other))
        parts[d.part][d.name] = {d.one.value_or(Json()), d.other.value_or(Json())};
    return {{"one", summary_json(one)}, {"other", summary_json(other)}, {"differences", parts}};
}

}  // namespace o2v::orchestrator
