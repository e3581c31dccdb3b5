#include "reports/leaderboard_data.hpp"

#include <nlohmann/json.hpp>

#include "reports/csv.hpp"
#include "reports/json.hpp"
#include "reports/trial_facts.hpp"

namespace o2v::reports {

std::string board_csv(const Board& board, const LeaderboardOptions& options) {
    std::vector<std::string> fields{"rank"};
    if (board.several()) fields.emplace_back("study");
    fields.insert(fields.end(), {"trial", "state", "value"});
    fields.insert(fields.end(), board.metrics.begin() + 1, board.metrics.end());
    if (board.front) fields.emplace_back("front");
    if (board.constrained) fields.emplace_back("feasible");
    fields.insert(fields.end(), {"epochs", "seconds"});
    if (board.energy) fields.emplace_back("joules");
    if (options.price_per_hour) fields.emplace_back("cost");
    for (const Parameter* parameter : board.parameters) fields.push_back(parameter->name);
    fields.insert(fields.end(), {"seed", "reason"});
    std::string csv = csv_line(fields);
    for (const BoardRow& row : board.rows) {
        const Trial* trial = row.trial;
        fields = {row.rank ? std::to_string(*row.rank) : ""};
        if (board.several()) fields.push_back(row.study->spec().name);
        fields.push_back(std::to_string(trial->id));
        fields.emplace_back(to_text(trial->state()));
        for (const auto& value : row.values) fields.push_back(csv_field(value));
        if (board.front) fields.emplace_back(row.on_front ? "true" : "false");
        if (board.constrained)
            fields.emplace_back(row.infeasible                            ? "false"
                                : trial->state() == TrialState::completed ? "true"
                                                                          : "");
        fields.push_back(std::to_string(trial->curve.size()));
        fields.push_back(csv_field(seconds_of(*trial)));
        if (board.energy) fields.push_back(csv_field(joules_of(*trial)));
        if (options.price_per_hour) fields.push_back(csv_field(cost_of(board, row, *options.price_per_hour)));
        for (const Parameter* parameter : board.parameters)
            fields.push_back(csv_field(trial->params, parameter->name));
        fields.push_back(std::to_string(trial->seed));
        fields.push_back(reason_of(*trial));
        csv += csv_line(fields);
    }
    return csv;
}

std::string board_json(const Board& board, const LeaderboardOptions& options) {
    Json array = Json::array();
    for (const BoardRow& row : board.rows) {
        Json json = json_summary(*row.trial, *row.study);
        if (board.several()) json["study"] = row.study->spec().name;
        json["rank"] = row.rank ? Json(*row.rank) : Json(nullptr);
        if (board.energy && !json.contains("joules")) json["joules"] = nullptr;
        if (options.price_per_hour) json["cost"] = json_number(cost_of(board, row, *options.price_per_hour));
        array.push_back(std::move(json));
    }
    return dumped(array);
}

}  // namespace o2v::reports
