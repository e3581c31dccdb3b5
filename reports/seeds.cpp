#include "reports/seeds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/csv.hpp"
#include "reports/json.hpp"
#include "reports/statistics.hpp"
#include "reports/trial_facts.hpp"

namespace o2v::reports {
namespace {

void measure(SeedGroup& group) {
    std::vector<double> values, seconds, joules;
    for (const BoardRow* run : group.runs) {
        values.push_back(*run->values.front());
        seconds.push_back(seconds_of(*run->trial));
        if (const auto used = joules_of(*run->trial)) joules.push_back(*used);
    }
    group.mean = mean(values);
    group.seconds = mean(seconds);
    if (joules.size() == values.size()) group.joules = mean(joules);
    if (values.size() < 2) return;
    const auto interval = student_t_interval(values);
    group.low = interval.low;
    group.high = interval.high;
}

std::string run_name(const Board& board, const BoardRow& run) {
    return (board.several() ? run.study->spec().name + '/' : "") + std::to_string(run.trial->id);
}

std::string run_names(const Board& board, const SeedGroup& group) {
    std::string text;
    for (const BoardRow* run : group.runs) text += (text.empty() ? "" : " ") + run_name(board, *run);
    return text;
}

// A mean, as its seconds are.
double group_cost(const Board& board, const SeedGroup& group, double price_per_hour) {
    double cost = 0;
    for (const BoardRow* run : group.runs) cost += cost_of(board, *run, price_per_hour);
    return cost / static_cast<double>(group.runs.size());
}

}  // namespace

std::vector<SeedGroup> seed_groups(const Board& board) {
    std::map<std::string, SeedGroup> by_configuration;
    std::map<std::string, std::set<std::uint64_t>> seeds;
    for (const BoardRow& row : board.rows) {
        const bool counts = row.trial->state() == TrialState::completed && !row.infeasible &&
                            row.values.front() && std::isfinite(*row.values.front());
        if (!counts) continue;
        const std::string key = to_text(configuration_of(*row.study, *row.trial));
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
        groups[i].rank = tied ? groups[i - 1].rank : i + 1;
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
    add_values("from", [](const SeedGroup& group) { return group.low; });
    add_values("to (95 %)", [](const SeedGroup& group) { return group.high; });
    add("seconds", true, [](const SeedGroup& group) { return fmt::format("{:.1f}", group.seconds); });
    if (board.energy) {
        std::vector<std::optional<double>> joules;
        for (const SeedGroup& group : groups) joules.push_back(group.joules);
        columns.push_back(energy_column(joules));
    }
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
    if (board.energy) fields.emplace_back("joules");
    if (options.price_per_hour) fields.emplace_back("cost");
    for (const Parameter* parameter : board.parameters) fields.push_back(parameter->name);
    std::string csv = csv_line(fields);
    for (const SeedGroup& group : groups) {
        fields = {std::to_string(group.rank), run_names(board, group), std::to_string(group.runs.size()),
                  csv_field(group.mean),      csv_field(group.low),    csv_field(group.high),
                  csv_field(group.seconds)};
        if (board.energy) fields.push_back(csv_field(group.joules));
        if (options.price_per_hour)
            fields.push_back(csv_field(group_cost(board, group, *options.price_per_hour)));
        for (const Parameter* parameter : board.parameters)
            fields.push_back(csv_field(group.params, parameter->name));
        csv += csv_line(fields);
    }
    return csv;
}

std::string seeds_json(const Board& board, const std::vector<SeedGroup>& groups,
                       const LeaderboardOptions& options) {
    Json array = Json::array();
    for (const SeedGroup& group : groups) {
        Json json;
        json["rank"] = group.rank;
        json["mean"] = json_number(group.mean);
        json["low"] = group.low ? json_number(*group.low) : Json(nullptr);
        json["high"] = group.high ? json_number(*group.high) : Json(nullptr);
        json["seconds"] = json_number(group.seconds);
        if (board.energy) json["joules"] = group.joules ? json_number(*group.joules) : Json(nullptr);
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
