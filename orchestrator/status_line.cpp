#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/observer.hpp"
#include "orchestrator/tuner.hpp"
#include "reports/leaderboard.hpp"

namespace o2v::orchestrator {
namespace {

constexpr int kBarCells = 16;

std::string bar(double share) {
    const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * kBarCells + 0.5);
    return "[" + std::string(static_cast<std::size_t>(filled), '#') +
           std::string(static_cast<std::size_t>(kBarCells - filled), '-') + "]";
}

std::string running_text(const Study& study) {
    std::string text;
    int shown = 0, hidden = 0;
    for (auto trial = study.trials().rbegin(); trial != study.trials().rend(); ++trial) {
        if (trial->state() != TrialState::running) continue;
        if (++shown > 4) {
            ++hidden;
            continue;
        }
        const std::optional<std::int64_t> epochs = planned_epochs(study.spec(), trial->params);
        const std::string of = epochs ? fmt::format("/{}", *epochs) : "";
        text =
            fmt::format("#{} e{}{}", trial->id, trial->curve.size(), of) + (text.empty() ? "" : ", ") + text;
    }
    return text + (hidden ? fmt::format(" and {} more", hidden) : "");
}

// Seconds until the first budget is reached, by this run's pace; nullopt when nothing can be said yet.
std::optional<double> seconds_left(const Study& study, const RunStatus& status) {
    const Budget& budget = study.spec().budget;
    const double elapsed = std::chrono::duration<double>(status.elapsed).count();
    std::optional<double> left;
    if (budget.time) left = std::chrono::duration<double>(*budget.time - status.elapsed_all).count();
    if (status.longest) {
        const double of_run = std::chrono::duration<double>(*status.longest - status.elapsed).count();
        left = left ? std::min(*left, of_run) : of_run;
    }
    if (budget.trials && status.ended_this_run > 0) {
        const auto ended =
            static_cast<std::int64_t>(study.count(TrialState::completed) + study.count(TrialState::pruned) +
                                      study.count(TrialState::failed));
        const double by_pace = static_cast<double>(*budget.trials - ended) * elapsed /
                               static_cast<double>(status.ended_this_run);
        left = left ? std::min(*left, by_pace) : by_pace;
    }
    return left ? std::optional(std::max(0.0, *left)) : std::nullopt;
}

double progress(const Study& study, const RunStatus& status, std::int64_t ended) {
    const Budget& budget = study.spec().budget;
    double share = 0;
    if (budget.trials) share = static_cast<double>(ended) / static_cast<double>(*budget.trials);
    if (budget.time)
        share = std::max(share, std::chrono::duration<double>(status.elapsed_all) /
                                    std::chrono::duration<double>(*budget.time));
    return share;
}

}  // namespace

std::string status_line(const Study& study, const RunStatus& status, int width) {
    const auto ended =
        static_cast<std::int64_t>(study.count(TrialState::completed) + study.count(TrialState::pruned) +
                                  study.count(TrialState::failed));
    const Budget& budget = study.spec().budget;
    std::vector<std::string> parts;
    parts.push_back(budget.trials || budget.time ? bar(progress(study, status, ended)) + " " : "");
    parts.back() +=
        budget.trials ? fmt::format("{}/{} trials", ended, *budget.trials) : fmt::format("{} trials", ended);
    if (const Trial* best = study.best())
        parts.push_back(
            fmt::format("best {} (#{})", reports::metric_text(*best->value(study.spec().goal)), best->id));
    if (const std::string running = running_text(study); !running.empty())
        parts.push_back("running " + running);
    const double hours = std::chrono::duration<double>(status.elapsed).count() / 3600;
    if (status.ended_this_run > 0 && hours > 0)
        parts.push_back(fmt::format("{:.0f} trials/h", static_cast<double>(status.ended_this_run) / hours));
    if (const auto left = seconds_left(study, status))
        parts.push_back(reports::duration_text(*left) + " left");
    std::string line;
    for (const std::string& part : parts) line += (line.empty() ? "" : "  ") + part;
    if (width > 3 && line.size() > static_cast<std::size_t>(width))
        line = line.substr(0, static_cast<std::size_t>(width) - 3) + "...";
    return line;
}

}  // namespace o2v::orchestrator
