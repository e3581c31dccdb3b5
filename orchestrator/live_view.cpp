#include "orchestrator/live_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/leaderboard.hpp"

namespace o2v::orchestrator {
namespace {

constexpr int kBarCells = 16;

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // UTF-8
}

std::string bar(double share) {
    const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * kBarCells + 0.5);
    return "[" + std::string(static_cast<std::size_t>(filled), '#') +
           std::string(static_cast<std::size_t>(kBarCells - filled), '-') + "]";
}

double seconds(std::chrono::milliseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

// How far it has come: by trials or by time, whichever is further.
double progress(const Study& study, const RunStatus& status, std::size_t over) {
    const Budget& budget = study.spec().budget;
    double share = 0;
    if (budget.trials) share = static_cast<double>(over) / static_cast<double>(*budget.trials);
    if (budget.time) share = std::max(share, seconds(status.elapsed_all) / seconds(*budget.time));
    return share;
}

}  // namespace

std::string fit(const std::string& text, int columns) {
    std::string line;
    const auto width = std::count_if(text.begin(), text.end(), begins_character);
    int used = 0;
    for (const char c : text) {
        if (begins_character(c) && ++used > columns - (width > columns ? 1 : 0)) break;
        line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
    return width > columns && columns > 0 ? line + "…" : line;
}

std::string progress_line(const Study& study, const RunStatus& status, const std::optional<TimeLeft>& left,
                          int columns) {
    const Budget& budget = study.spec().budget;
    const std::size_t ended = study.ended().size(), paused = study.count(TrialState::paused);
    struct Part {
        int importance;  // the least goes first
        std::string text;
    };
    std::vector<Part> parts;
    if (status.paused) parts.push_back({9, "PAUSED"});
    if (budget.trials || budget.time) parts.push_back({2, bar(progress(study, status, ended + paused))});
    parts.push_back({8, budget.trials ? fmt::format("{}/{} trials", ended, *budget.trials)
                                      : fmt::format("{} trials", ended)});
    if (paused > 0) parts.push_back({3, fmt::format("{} paused", paused)});
    if (const std::size_t failed = study.count(TrialState::failed))
        parts.push_back({4, fmt::format("{} failed", failed)});
    if (const Trial* best = study.best())
        parts.push_back({6, fmt::format("best {} (#{})",
                                        reports::metric_text(*best->value(study.spec().goal)), best->id)});
    const double hours = seconds(status.elapsed) / 3600;
    if (status.ended_this_run > 0 && hours > 0)
        parts.push_back(
            {1, fmt::format("{:.0f} trials/h", static_cast<double>(status.ended_this_run) / hours)});
    if (left && !status.paused)
        parts.push_back({5, fmt::format("{}{} left", left->exact ? "" : "about ",
                                        reports::duration_text(left->seconds))});
    const auto joined = [&parts] {
        std::string line;
        for (const Part& part : parts) line += (line.empty() ? "" : "  ") + part.text;
        return line;
    };
    const auto less = [](const Part& a, const Part& b) { return a.importance < b.importance; };
    while (parts.size() > 1 && std::ssize(joined()) > columns)
        parts.erase(std::min_element(parts.begin(), parts.end(), less));
    return fit(joined(), columns);
}

void LiveView::happened(const Study& study, const TrialEvent& event, std::chrono::milliseconds now) {
    pace_.happened(study, event);
    board_.happened(event, now);
}

std::vector<std::string> LiveView::lines(const Study& study, const RunStatus& status,
                                         std::chrono::milliseconds now, TerminalSize size) const {
    const std::vector<SlotStatus>& told = status.each_slot;
    std::vector<std::string> lines =
        slot_table(study, told.empty() ? board_.slots(study, now) : told, {size.columns, size.rows - 1});
    lines.push_back(progress_line(study, status, pace_.left(study, status), size.columns));
    return lines;
}

}  // namespace o2v::orchestrator
