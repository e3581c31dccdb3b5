#include "reports/leaderboard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "reports/csv.hpp"
#include "reports/front.hpp"
#include "reports/json.hpp"
#include "reports/table.hpp"
#include "reports/trial_facts.hpp"
#include "search/study/errors.hpp"

namespace o2v::reports {
namespace {

constexpr std::size_t kBest = 10;
constexpr std::array<std::pair<const char*, Format>, 4> kFormats{
    {{"text", Format::text}, {"markdown", Format::markdown}, {"csv", Format::csv}, {"json", Format::json}}};

using Rows = std::vector<Ranked>;

Rows rows_for(const Study& study, bool all) {
    Rows rows = ranked_trials(study);
    if (all) return rows;
    std::erase_if(rows, [](const Ranked& row) { return !row.rank; });
    const auto front = static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [](const Ranked& row) { return row.on_front; }));
    rows.resize(std::min(rows.size(), std::max(kBest, front)));
    return rows;
}

// One number of decimals for the whole column where four significant digits of the largest allow it.
std::vector<std::string> value_cells(const Rows& rows, std::size_t metric) {
    double largest = 0;
    double smallest = 1;
    for (const Ranked& row : rows) {
        const auto& value = row.values[metric];
        if (!value || !std::isfinite(*value) || *value == 0) continue;
        largest = std::max(largest, std::abs(*value));
        smallest = std::min(smallest, std::abs(*value));
    }
    const int decimals = largest < 10 ? 4 : largest < 100 ? 3 : largest < 1000 ? 2 : 1;
    const bool plain = largest < 1e6 && smallest >= 1e-3;
    std::vector<std::string> cells;
    for (const Ranked& row : rows) {
        const auto& value = row.values[metric];
        if (!value)
            cells.emplace_back("-");
        else if (plain && std::isfinite(*value))
            cells.push_back(fmt::format("{:.{}f}", *value, decimals));
        else
            cells.push_back(metric_text(*value));
    }
    return cells;
}

bool has_front(const Study& study) {
    return !study.spec().more_goals.empty();
}

bool holds_words(const Domain& domain) {
    const std::vector<ParamValue>* values = listed_values(domain);
    return values && std::any_of(values->begin(), values->end(),
                                 [](const ParamValue& v) { return std::holds_alternative<std::string>(v); });
}

std::vector<Column> columns_for(const Study& study, const Rows& rows) {
    std::vector<Column> columns;
    const auto add = [&](const std::string& head, bool right, auto cell_of) {
        Column& column = columns.emplace_back(Column{head, right});
        for (const Ranked& row : rows) column.cells.push_back(cell_of(row));
    };
    add("rank", true, [](const Ranked& row) { return row.rank ? std::to_string(*row.rank) : "-"; });
    add("trial", true, [](const Ranked& row) { return std::to_string(row.trial->id); });
    add("state", false, [](const Ranked& row) {
        return row.infeasible ? std::string("infeasible") : std::string(to_text(row.trial->state()));
    });
    if (has_front(study)) add("front", false, [](const Ranked& row) { return row.on_front ? "*" : ""; });
    const std::vector<std::string> metrics = study.judged_metrics();
    for (std::size_t i = 0; i < metrics.size(); ++i)
        columns.push_back({metrics[i], true, value_cells(rows, i)});
    add("epochs", true, [](const Ranked& row) { return std::to_string(row.trial->curve.size()); });
    add("seconds", true, [](const Ranked& row) { return fmt::format("{:.1f}", seconds_of(*row.trial)); });
    for (const Parameter& parameter : study.spec().space.parameters()) {
        add(parameter.name, !holds_words(parameter.domain), [&](const Ranked& row) {
            const auto found = row.trial->params.find(parameter.name);
            return found == row.trial->params.end() ? "-" : short_text(found->second);
        });
    }
    return columns;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

// What the table does not show, a line each.
std::string footer(const Study& study, const Rows& rows, const std::vector<std::string>& left_out) {
    std::string text = front_line(study);
    if (!left_out.empty()) text += "not shown for want of width: " + joined(left_out) + '\n';
    if (rows.size() < study.trials().size())
        text += fmt::format("the best {} of {}\n", rows.size(), plural(study.trials().size(), "trial"));
    return text.empty() ? text : '\n' + text;
}

std::string as_text(const Study& study, const Rows& rows, std::optional<int> width) {
    if (rows.empty())
        return study.trials().empty()
                   ? "no trials yet\n"
                   : fmt::format("none of {} has a result yet\n", plural(study.trials().size(), "trial"));
    std::vector<Column> columns = columns_for(study, rows);
    std::vector<std::string> left_out;
    const std::size_t keep = columns.size() - study.spec().space.size();
    if (width) left_out = fit(columns, keep, static_cast<std::size_t>(std::max(*width, 0)));
    return text_table(columns) + footer(study, rows, left_out);
}

std::string as_csv(const Study& study, const Rows& rows) {
    const auto& parameters = study.spec().space.parameters();
    const std::vector<std::string> metrics = study.judged_metrics();
    const bool front = has_front(study), constrained = !study.spec().constraints.empty();
    std::vector<std::string> fields{"rank", "trial", "state", "value"};
    fields.insert(fields.end(), metrics.begin() + 1, metrics.end());
    if (front) fields.emplace_back("front");
    if (constrained) fields.emplace_back("feasible");
    fields.insert(fields.end(), {"epochs", "seconds"});
    for (const Parameter& parameter : parameters) fields.push_back(parameter.name);
    fields.insert(fields.end(), {"seed", "reason"});
    std::string csv = csv_line(fields);
    for (const Ranked& row : rows) {
        const Trial* trial = row.trial;
        fields = {row.rank ? std::to_string(*row.rank) : "", std::to_string(trial->id),
                  std::string(to_text(trial->state()))};
        for (const auto& value : row.values)
            fields.push_back(!value ? "" : std::isnan(*value) ? "nan" : to_text(ParamValue(*value)));
        if (front) fields.emplace_back(row.on_front ? "true" : "false");
        if (constrained)
            fields.emplace_back(row.infeasible                            ? "false"
                                : trial->state() == TrialState::completed ? "true"
                                                                          : "");
        fields.push_back(std::to_string(trial->curve.size()));
        fields.push_back(to_text(ParamValue(seconds_of(*trial))));
        for (const Parameter& parameter : parameters) {
            const auto found = trial->params.find(parameter.name);
            fields.push_back(found == trial->params.end() ? "" : to_text(found->second));
        }
        fields.push_back(std::to_string(trial->seed));
        fields.push_back(reason_of(*trial));
        csv += csv_line(fields);
    }
    return csv;
}

std::string as_json(const Study& study, const Rows& rows) {
    Json array = Json::array();
    for (const Ranked& row : rows) array.push_back(json_summary(*row.trial, study));
    return dumped(array);
}

}  // namespace

Format format_from_text(const std::string& text) {
    std::vector<std::string> names;
    for (const auto& [name, format] : kFormats) {
        if (text == name) return format;
        names.emplace_back(name);
    }
    throw InputError("format", '"' + text + '"', "must be one of " + joined(names));
}

std::string leaderboard(const Study& study, const LeaderboardOptions& options) {
    const Rows rows = rows_for(study, options.all);
    switch (options.format) {
        case Format::markdown:
            return markdown_table(columns_for(study, rows)) + footer(study, rows, {});
        case Format::csv:
            return as_csv(study, rows);
        case Format::json:
            return as_json(study, rows);
        case Format::text:
            break;
    }
    return as_text(study, rows, options.width);
}

}  // namespace o2v::reports
