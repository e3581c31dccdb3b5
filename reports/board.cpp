#include "reports/board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reports/trial_facts.hpp"
#include "search/study/errors.hpp"

namespace o2v::reports {
namespace {

constexpr std::size_t kBest = 10;

// Trials of a lower kind come first, whatever their values.
enum Kind { on_front, completed, infeasible, early, failed, waiting };

struct Place {
    BoardRow row;
    Kind kind = waiting;
    double violation = 0;
    double value = 0;  // smaller is better; NaN: none
};

bool is_number(const std::optional<double>& value) {
    return value && !std::isnan(*value);
}

Kind kind_of(const BoardRow& row) {
    switch (row.trial->state()) {
        case TrialState::completed:
            return row.on_front ? on_front : row.infeasible ? infeasible : completed;
        case TrialState::pruned:
            return early;
        case TrialState::paused:
            return is_number(row.values.front()) ? early : waiting;
        case TrialState::failed:
            return failed;
        case TrialState::running:
        case TrialState::waiting:
            break;
    }
    return waiting;
}

double value_key(const Place& place, const Goal& goal) {
    if (place.kind == waiting) return 0;
    const std::optional<double>& value = place.row.values.front();
    if (!is_number(value)) return std::nan("");
    return goal.direction == Direction::minimize ? *value : -*value;
}

// A number before none; std::stable_sort leaves equals by study and number.
bool comes_before(const Place& a, const Place& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    if (a.violation != b.violation) return a.violation < b.violation;
    if (std::isnan(a.value) || std::isnan(b.value)) return !std::isnan(a.value) && std::isnan(b.value);
    return a.value < b.value;
}

bool equally_good(const Place& a, const Place& b, std::ptrdiff_t goals) {
    return a.kind == b.kind && a.violation == b.violation &&
           std::equal(a.row.values.begin(), a.row.values.begin() + goals, b.row.values.begin());
}

// `goals`: so many of the values, from the first one, must be equal for a tie.
void give_ranks(std::vector<Place>& places, std::ptrdiff_t goals) {
    Place* before = nullptr;
    std::size_t counted = 0;
    for (Place& place : places) {
        if (place.kind == waiting || !is_number(place.row.values.front())) continue;
        ++counted;
        place.row.rank = counted;
        if (before && equally_good(*before, place, goals)) {
            place.row.rank = before->row.rank;
            place.row.tied = true;
            before->row.tied = true;
        }
        before = &place;
    }
}

void check_goals(std::span<const Study* const> studies) {
    const StudySpec& first = studies.front()->spec();
    for (const Study* study : studies)
        if (study->spec().goal != first.goal)
            throw InputError("leaderboard", "",
                             "the studies have different goals: " + first.name + ' ' + goal_text(first.goal) +
                                 ", " + study->spec().name + ' ' + goal_text(study->spec().goal));
}

template <class Item>
void add_new(std::vector<Item>& items, const Item& item) {
    if (std::find(items.begin(), items.end(), item) == items.end()) items.push_back(item);
}

bool holds_words(const Domain& domain) {
    const std::vector<ParamValue>* values = listed_values(domain);
    return values && std::any_of(values->begin(), values->end(),
                                 [](const ParamValue& v) { return std::holds_alternative<std::string>(v); });
}

}  // namespace

Board board_of(std::span<const Study* const> studies) {
    check_goals(studies);
    Board board;
    board.studies.assign(studies.begin(), studies.end());
    board.front = !board.several() && !studies.front()->spec().more_goals.empty();
    for (const Study* study : studies) {
        board.slots[study] = slots_of(*study);
        for (const std::string& metric : study->judged_metrics()) add_new(board.metrics, metric);
        for (const Parameter& parameter : study->spec().space.parameters())
            if (std::none_of(board.parameters.begin(), board.parameters.end(),
                             [&](const Parameter* known) { return known->name == parameter.name; }))
                board.parameters.push_back(&parameter);
        board.constrained = board.constrained || !study->spec().constraints.empty();
    }
    std::vector<Place> places;
    for (const Study* study : studies) {
        std::vector<std::size_t> places_of_metrics;
        for (const std::string& metric : study->judged_metrics())
            places_of_metrics.push_back(static_cast<std::size_t>(
                std::find(board.metrics.begin(), board.metrics.end(), metric) - board.metrics.begin()));
        std::set<TrialId> front;
        if (board.front) front = {study->pareto_front().begin(), study->pareto_front().end()};
        for (const Trial& trial : study->trials()) {
            Place& place = places.emplace_back();
            place.row = {std::nullopt,
                         false,
                         study,
                         &trial,
                         {},
                         front.contains(trial.id),
                         trial.state() == TrialState::completed && !study->feasible(trial)};
            const auto values = judged_values(*study, trial);
            place.row.values.resize(board.metrics.size());
            for (std::size_t i = 0; i < values.size(); ++i)
                place.row.values[places_of_metrics[i]] = values[i];
            place.kind = kind_of(place.row);
            board.energy = board.energy || joules_of(trial);
            if (place.kind == infeasible) place.violation = study->violation(trial);
            place.value = value_key(place, board.goal());
        }
    }
    std::stable_sort(places.begin(), places.end(), comes_before);
    give_ranks(places, board.several() ? 1 : std::ssize(studies.front()->goals()));
    board.rows.reserve(places.size());
    for (Place& place : places) board.rows.push_back(std::move(place.row));
    return board;
}

void keep_the_best(Board& board) {
    std::erase_if(board.rows, [](const BoardRow& row) { return !row.rank; });
    const auto front = static_cast<std::size_t>(std::count_if(
        board.rows.begin(), board.rows.end(), [](const BoardRow& row) { return row.on_front; }));
    const std::size_t kept = std::min(board.rows.size(), std::max(kBest, front));
    board.rows.erase(board.rows.begin() + static_cast<std::ptrdiff_t>(kept), board.rows.end());
}

std::string rank_text(const std::optional<std::size_t>& rank, bool tied) {
    return rank ? (tied ? "=" : "") + std::to_string(*rank) : "-";
}

std::vector<std::string> value_cells(const std::vector<std::optional<double>>& values) {
    double largest = 0;
    double smallest = 1;
    for (const auto& value : values) {
        if (!value || !std::isfinite(*value) || *value == 0) continue;
        largest = std::max(largest, std::abs(*value));
        smallest = std::min(smallest, std::abs(*value));
    }
    const int decimals = largest < 10 ? 4 : largest < 100 ? 3 : largest < 1000 ? 2 : 1;
    const bool plain = largest < 1e6 && smallest >= 1e-3;
    std::vector<std::string> cells;
    for (const auto& value : values) {
        if (!value)
            cells.emplace_back("-");
        else if (plain && std::isfinite(*value))
            cells.push_back(fmt::format("{:.{}f}", *value, decimals));
        else
            cells.push_back(metric_text(*value));
    }
    return cells;
}

std::vector<Column> parameter_columns(const std::vector<const Parameter*>& parameters,
                                      const std::vector<Assignment>& rows) {
    std::vector<Column> columns;
    for (const Parameter* parameter : parameters) {
        Column& column = columns.emplace_back(Column{parameter->name, !holds_words(parameter->domain)});
        for (const Assignment& params : rows) {
            const auto found = params.find(parameter->name);
            column.cells.push_back(found == params.end() ? "-" : short_text(found->second));
        }
    }
    return columns;
}

Column energy_column(const std::vector<std::optional<double>>& joules) {
    std::vector<std::optional<double>> hours;
    for (const auto& one : joules) hours.push_back(one ? std::optional(*one / 3600) : std::nullopt);
    return {"Wh", true, value_cells(hours)};
}

std::vector<Column> columns_of(const Board& board, const LeaderboardOptions& options) {
    std::vector<Column> columns;
    const auto add = [&](const std::string& head, bool right, auto cell_of) {
        Column& column = columns.emplace_back(Column{head, right});
        for (const BoardRow& row : board.rows) column.cells.push_back(cell_of(row));
    };
    add("rank", true, [](const BoardRow& row) { return rank_text(row.rank, row.tied); });
    if (board.several()) add("study", false, [](const BoardRow& row) { return row.study->spec().name; });
    add("trial", true, [](const BoardRow& row) { return std::to_string(row.trial->id); });
    add("state", false, [](const BoardRow& row) {
        return row.infeasible ? std::string("infeasible") : std::string(to_text(row.trial->state()));
    });
    if (board.front) add("front", false, [](const BoardRow& row) { return row.on_front ? "*" : ""; });
    for (std::size_t i = 0; i < board.metrics.size(); ++i) {
        std::vector<std::optional<double>> values;
        for (const BoardRow& row : board.rows) values.push_back(row.values[i]);
        columns.push_back({board.metrics[i], true, value_cells(values)});
    }
    add("epochs", true, [](const BoardRow& row) { return std::to_string(row.trial->curve.size()); });
    add("seconds", true, [](const BoardRow& row) { return fmt::format("{:.1f}", seconds_of(*row.trial)); });
    if (board.energy) {
        std::vector<std::optional<double>> joules;
        for (const BoardRow& row : board.rows) joules.push_back(joules_of(*row.trial));
        columns.push_back(energy_column(joules));
    }
    if (options.price_per_hour)
        add("cost", true,
            [&](const BoardRow& row) { return metric_text(cost_of(board, row, *options.price_per_hour)); });
    std::vector<Assignment> params;
    for (const BoardRow& row : board.rows) params.push_back(row.trial->params);
    for (Column& column : parameter_columns(board.parameters, params)) columns.push_back(std::move(column));
    return columns;
}

std::size_t slots_of(const Study& study) {
    std::set<std::string> slots;
    for (const Trial& trial : study.trials())
        for (const Attempt& attempt : trial.attempts)
            slots.insert(attempt.started.worker.substr(0, attempt.started.worker.find('/')));
    return std::max<std::size_t>(1, slots.size());
}

double cost_of(const Board& board, const BoardRow& row, double price_per_hour) {
    return seconds_of(*row.trial) / 3600 * price_per_hour / static_cast<double>(board.slots.at(row.study));
}

}  // namespace o2v::reports
