#include "reports/seeds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <set>

#include "reports/csv.hpp"
#include "reports/json.hpp"
#include "reports/trial_facts.hpp"

namespace o2v::reports {
namespace {

// P(|T| <= t).
double two_sided_t(double t, std::size_t freedom) {
    const auto n = static_cast<double>(freedom);
    const double theta = std::atan(t / std::sqrt(n));
    const double cosine = std::cos(theta), sine = std::sin(theta);
    const bool odd = freedom % 2 == 1;
    double term = odd ? cosine : 1, sum = freedom == 1 ? 0 : term;
    for (std::size_t k = odd ? 3 : 2; k + 1 < freedom; k += 2) {
        term *= cosine * cosine * static_cast<double>(k - 1) / static_cast<double>(k);
        sum += term;
    }
    return odd ? 2 / std::numbers::pi * (theta + sine * sum) : sine * sum;
}

Assignment whole_configuration(const BoardRow& row) {
    Assignment all = row.study->spec().fixed;
    for (const auto& [name, value] : row.trial->params) all.insert_or_assign(name, value);
    return all;
}

void measure(SeedGroup& group) {
    const auto n = static_cast<double>(group.runs.size());
    for (const BoardRow* run : group.runs) {
        group.mean += *run->values.front() / n;
        group.seconds += seconds_of(*run->trial) / n;
    }
    if (group.runs.size() < 2) return;
    double squares = 0;
    for (const BoardRow* run : group.runs) squares += std::pow(*run->values.front() - group.mean, 2);
    group.half_width = student_t_975(group.runs.size() - 1) * std::sqrt(squares / (n - 1) / n);
}

std::string run_name(const Board& board, const BoardRow& run) {
    return (board.several() ? run.study->spec().name + '/' : "") + std::to_string(run.trial->id);
}

std::string run_names(const Board& board, const SeedGroup& group) {
    std::string text;
    for (const BoardRow* run : group.runs) text += (text.empty() ? "" : " ") + run_name(board, *run);
    return text;
}

double group_cost(const Board& board, const SeedGroup& group, double price_per_hour) {
    double cost = 0;
    for (const BoardRow* run : group.runs) cost += cost_of(board, *run, price_per_hour);
    return cost;
}

std::string number_field(const std::optional<double>& value) {
    return value ? to_text(ParamValue(*value)) : "";
}

}  // namespace

double student_t_975(std::size_t freedom) {
    double low = 0, high = 16;  // the largest is 12.7, of one degree of freedom
    for (int step = 0; step < 100; ++step) {
        const double middle = (low + high) / 2;
        (two_sided_t(middle, freedom) < 0.95 ? low : high) = middle;
    }
    return (low + high) / 2;
}

std::vector<SeedGroup> seed_groups(const Board& board) {
    std::map<std::string, SeedGroup> by_configuration;
    std::map<std::string, std::set<std::uint64_t>> seeds;
    for (const BoardRow& row : board.rows) {
        const bool counts = row.trial->state() == TrialState::completed && !row.infeasible &&
                            row.values.front() && std::isfinite(*row.values.front());
        if (!counts) continue;
        const std::string key = to_text(whole_configuration(row));
        SeedGroup& group = by_configuration[key];
        group.params = row.trial->params;
        if (seeds[key].insert(row.trial->seed).second) group.runs.push_back(&row);
    }
    std::vector<SeedGroup> groups;
    for (auto& [key, group] : by_configuration) {
        std::sort(group.runs.begin(), group.runs.end(), [&](const BoardRow* a, const BoardRow* b) {
            const auto place = [&](const BoardRow* run) {
                return std::pair(std::find(board.studies.begin(), board.studies.end(), run->study),
                                 run->trial->id);
            };
            return place(a) < place(b);
        });
        measure(group);
        groups.push_back(std::move(group));
    }
    const Goal& goal = board.goal();
    std::sort(groups.begin(), groups.end(), [&](const SeedGroup& a, const SeedGroup& b) {
        if (a.mean != b.mean) return better(goal, a.mean, b.mean);
        return a.runs.front()->trial->id < b.runs.front()->trial->id;
    });
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const bool tied = i > 0 && groups[i].mean == groups[i - 1].mean;
        groups[i].rank = tied ? *groups[i - 1].rank : i + 1;
        if (tied) groups[i].tied = groups[i - 1].tied = true;
    }
    return groups;
}

std::vector<Column> seed_columns(const Board& board, const std::vector<SeedGroup>& groups,
                                 const LeaderboardOptions& options) {
    std::vector<Column> columns;
    const auto add = [&](const std::string& head, bool right, auto cell_of) {
        Column& column = columns.emplace_back(Column{head, right});
        for (const SeedGroup& group : groups) column.cells.push_back(cell_of(group));
    };
    const auto add_values = [&](const std::string& head, auto value_of) {
        std::vector<std::optional<double>> values;
        for (const SeedGroup& group : groups) values.push_back(value_of(group));
        columns.push_back({head, true, value_cells(values)});
    };
    add("rank", true, [](const SeedGroup& group) { return rank_text(group.rank, group.tied); });
    add("trials", false, [&](const SeedGroup& group) { return run_names(board, group); });
    add("seeds", true, [](const SeedGroup& group) { return std::to_string(group.runs.size()); });
    add_values("mean " + board.metrics.front(), [](const SeedGroup& group) { return group.mean; });
    add_values("from", [](const SeedGroup& group) -> std::optional<double> {
        return group.half_width ? std::optional(group.mean - *group.half_width) : std::nullopt;
    });
    add_values("to (95 %)", [](const SeedGroup& group) -> std::optional<double> {
        return group.half_width ? std::optional(group.mean + *group.half_width) : std::nullopt;
    });
    add("seconds", true, [](const SeedGroup& group) { return fmt::format("{:.1f}", group.seconds); });
    if (options.price_per_hour)
        add("cost", true, [&](const SeedGroup& group) {
            return metric_text(group_cost(board, group, *options.price_per_hour));
        });
    std::vector<Assignment> params;
    for (const SeedGroup& group : groups) params.push_back(group.params);
    for (Column& column : parameter_columns(board.parameters, params)) columns.push_back(std::move(column));
    return columns;
}

std::string seeds_csv(const Board& board, const std::vector<SeedGroup>& groups,
                      const LeaderboardOptions& options) {
    std::vector<std::string> fields{"rank", "trials", "seeds", "mean", "low", "high", "seconds"};
    if (options.price_per_hour) fields.emplace_back("cost");
    for (const Parameter* parameter : board.parameters) fields.push_back(parameter->name);
    std::string csv = csv_line(fields);
    for (const SeedGroup& group : groups) {
        std::optional<double> low, high;
        if (group.half_width) low = group.mean - *group.half_width, high = group.mean + *group.half_width;
        fields = {std::to_string(group.rank.value_or(0)),
                  run_names(board, group),
                  std::to_string(group.runs.size()),
                  number_field(group.mean),
                  number_field(low),
                  number_field(high),
                  number_field(group.seconds)};
        if (options.price_per_hour)
            fields.push_back(number_field(group_cost(board, group, *options.price_per_hour)));
        for (const Parameter* parameter : board.parameters) {
            const auto found = group.params.find(parameter->name);
            fields.push_back(found == group.params.end() ? "" : to_text(found->second));
        }
        csv += csv_line(fields);
    }
    return csv;
}

std::string seeds_json(const Board& board, const std::vector<SeedGroup>& groups,
                       const LeaderboardOptions& options) {
    Json array = Json::array();
    for (const SeedGroup& group : groups) {
        Json json;
        json["rank"] = group.rank.value_or(0);
        json["mean"] = json_number(group.mean);
        json["low"] = group.half_width ? json_number(group.mean - *group.half_width) : Json(nullptr);
        json["high"] = group.half_width ? json_number(group.mean + *group.half_width) : Json(nullptr);
        json["seconds"] = json_number(group.seconds);
        if (options.price_per_hour)
            json["cost"] = json_number(group_cost(board, group, *options.price_per_hour));
        json["params"] = json_of(group.params);
        json["runs"] = Json::array();
        for (const BoardRow* run : group.runs) {
            Json one;
            if (board.several()) one["study"] = run->study->spec().name;
            one["trial"] = run->trial->id;
            one["seed"] = run->trial->seed;
            one["value"] = json_number(*run->values.front());
            json["runs"].push_back(std::move(one));
        }
        array.push_back(std::move(json));
    }
    return dumped(array);
}

}  // namespace o2v::reports
