#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/leaderboard.hpp"
#include "reports/table.hpp"
#include "reports/trial_facts.hpp"

namespace o2v::reports {
namespace {

std::string heading(const Study& study, const Trial& trial) {
    std::string text = fmt::format("trial {} of {}: {}", trial.id, study.spec().name, to_text(trial.state()));
    for (const Goal& goal : study.goals())
        if (const auto value = trial.value(goal))
            text += fmt::format(", {} {}", goal.metric, metric_text(*value));
    if (study.best() == &trial) text += " (best)";
    if (trial.state() == TrialState::completed && !study.feasible(trial))
        text += " (outside of the constraints)";
    return text + '\n';
}

std::string name_value_lines(const Assignment& params) {
    std::size_t width = 0;
    for (const auto& [name, value] : params) width = std::max(width, shown_width(name));
    std::string text;
    for (const auto& [name, value] : params)
        text +=
            fmt::format("  {}{}  {}\n", name, std::string(width - shown_width(name), ' '), to_text(value));
    return text;
}

std::string parameters(const Study& study, const Trial& trial) {
    Assignment fixed = study.spec().fixed;
    for (const auto& [name, value] : trial.params) fixed.erase(name);
    std::string text = "\nparameters\n" + name_value_lines(trial.params);
    if (!fixed.empty()) text += "\nfixed\n" + name_value_lines(fixed);
    text += fmt::format("\nseed  {}\n", trial.seed);
    if (!trial.why.empty()) text += fmt::format("why   {}\n", trial.why);
    return text;
}

// How each attempt but the last must have ended: by a failure or a pause.
std::string outcome_of(const Trial& trial, std::size_t attempt) {
    if (const auto& failure = trial.attempts[attempt].failure) return failure_text(*failure);
    return attempt + 1 < trial.attempts.size() ? "paused" : std::string(to_text(trial.state()));
}

std::string attempts(const Trial& trial) {
    if (trial.attempts.empty()) return "\nnot started yet\n";
    std::vector<Column> columns{{"attempt"},      {"device", false}, {"host", false},
                                {"cores", false}, {"worker", false}, {"outcome", false}};
    for (std::size_t i = 0; i < trial.attempts.size(); ++i) {
        const AttemptStarted& started = trial.attempts[i].started;
        const std::vector<std::string> cells{
            std::to_string(started.attempt), started.device, started.host,
            cores_text(started.cores),       started.worker, outcome_of(trial, i)};
        for (std::size_t c = 0; c < cells.size(); ++c)
            columns[c].cells.push_back(cells[c].empty() ? "-" : cells[c]);
    }
    return "\nattempts\n" + text_table(columns, "  ");
}

std::string curve(const Trial& trial) {
    if (trial.curve.empty()) return "";
    std::set<std::string> names;
    for (const Measurement& m : trial.curve)
        for (const auto& [name, value] : m.metrics) names.insert(name);
    std::vector<Column> columns{{"epoch"}};
    for (const std::string& name : names) columns.push_back({name});
    for (const char* head : {"seconds", "pairs/s", "memory MiB"}) columns.push_back({head});
    const bool energy = std::any_of(trial.curve.begin(), trial.curve.end(),
                                    [](const Measurement& m) { return m.joules.has_value(); });
    if (energy) columns.push_back({"J"});
    for (const Measurement& m : trial.curve) {
        auto column = columns.begin();
        (column++)->cells.push_back(std::to_string(m.epoch));
        for (const std::string& name : names) {
            const auto found = m.metrics.find(name);
            (column++)->cells.push_back(found == m.metrics.end() ? "-" : metric_text(found->second));
        }
        (column++)->cells.push_back(fmt::format("{:.2f}", static_cast<double>(m.elapsed.count()) / 1000));
        (column++)->cells.push_back(m.pairs_per_second > 0 ? fmt::format("{:.0f}", m.pairs_per_second) : "-");
        (column++)->cells.push_back(m.peak_memory_bytes > 0 ? std::to_string(m.peak_memory_bytes >> 20)
                                                            : "-");
        if (energy) (column++)->cells.push_back(m.joules ? metric_text(*m.joules) : "-");
    }
    return "\nlearning curve\n" + text_table(columns, "  ");
}

std::string ending(const Trial& trial) {
    std::string text;
    if (trial.checkpoint)
        text += fmt::format("\ncheckpoint  {} (epoch {})\n", trial.checkpoint->path, trial.checkpoint->epoch);
    if (!trial.ending) return text;
    const auto* completed = std::get_if<Completed>(&*trial.ending);
    if (!completed) {
        const auto* pruned = std::get_if<Pruned>(&*trial.ending);
        const char* how = !pruned ? "failed" : pruned->diverged ? "diverged" : "pruned";
        return text + fmt::format("\n{}: {}\n", how, reason_of(trial));
    }
    text += fmt::format("\nkept epoch {}", completed->best_epoch);
    text += completed->model_path.empty() ? "\n" : fmt::format(", model {}\n", completed->model_path);
    for (const auto& [name, value] : completed->metrics)
        text += fmt::format("  {} {}\n", name, metric_text(value));
    return text;
}

}  // namespace

std::string trial_page(const Study& study, TrialId id) {
    const Trial& trial = study.trial(id);
    return heading(study, trial) + parameters(study, trial) + attempts(trial) + curve(trial) + ending(trial);
}

}  // namespace o2v::reports
