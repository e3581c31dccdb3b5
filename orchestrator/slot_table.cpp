#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/live_view.hpp"
#include "reports/leaderboard.hpp"

namespace o2v::orchestrator {
namespace {

constexpr int kGap = 2;
constexpr int kBelowName = 3;  // an importance
constexpr int kLeastRows = 3;  // names, one slot, one more

struct Column {
    std::string name;
    int importance;                  // the least is left out first
    std::vector<std::string> cells;  // a slot each
    int width() const {
        int most = static_cast<int>(name.size());
        for (const std::string& cell : cells) most = std::max(most, static_cast<int>(cell.size()));
        return most;
    }
};

std::string memory_text(std::int64_t bytes) {
    if (bytes <= 0) return "-";
    const double mib = static_cast<double>(bytes) / (1 << 20);
    return mib < 1000 ? fmt::format("{:.0f} MiB", mib) : fmt::format("{:.1f} GiB", mib / 1024);
}

std::string value_text(const std::optional<double>& value) {
    return value ? reports::metric_text(*value) : "-";
}

std::string whole_seconds(std::chrono::milliseconds duration) {
    const auto whole = duration.count() / 1000;
    return whole > 0 ? reports::duration_text(static_cast<double>(whole)) : "0 s";
}

std::optional<double> last_value(const Trial& trial, const std::string& metric) {
    for (auto measurement = trial.curve.rbegin(); measurement != trial.curve.rend(); ++measurement)
        if (const auto found = measurement->metrics.find(metric); found != measurement->metrics.end())
            return found->second;
    return std::nullopt;
}

std::vector<Column> columns_of(const Study& study, const std::vector<SlotStatus>& slots) {
    const Goal& goal = study.spec().goal;
    std::vector<Column> columns{{"trial", 9, {}},   {"epochs", 8, {}}, {goal.metric, 7, {}}, {"best", 4, {}},
                                {"pairs/s", 2, {}}, {"memory", 3, {}}, {"in epoch", 5, {}}};
    for (const SlotStatus& slot : slots) {
        std::vector<std::string> cells(columns.size(), "");
        if (slot.trial) {
            const Trial& trial = study.trial(*slot.trial);
            const auto planned = planned_epochs(study.spec(), trial.params);
            const double speed = trial.curve.empty() ? 0 : trial.curve.back().pairs_per_second;
            cells = {fmt::format("#{}", trial.id),
                     fmt::format("{}{}", trial.curve.size(), planned ? fmt::format("/{}", *planned) : ""),
                     value_text(last_value(trial, goal.metric)),
                     value_text(trial.value(goal)),
                     speed > 0 ? fmt::format("{:.0f}", speed) : "-",
                     memory_text(slot.memory_bytes),
                     slot.in_epoch ? whole_seconds(*slot.in_epoch) : "-"};
        } else {
            cells[0] = slot.state == SlotState::starting ? "starting" : "idle";
            cells[5] = slot.memory_bytes > 0 ? memory_text(slot.memory_bytes) : "";
        }
        for (std::size_t i = 0; i < cells.size(); ++i) columns[i].cells.push_back(cells[i]);
    }
    return columns;
}

}  // namespace

std::vector<std::string> slot_table(const Study& study, const std::vector<SlotStatus>& slots,
                                    TerminalSize size) {
    if (slots.empty() || size.rows < kLeastRows) return {};
    const auto room = static_cast<std::size_t>(size.rows - 1);
    const std::size_t shown = slots.size() <= room ? slots.size() : room - 1;
    const std::vector<SlotStatus> seen(slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(shown));

    std::vector<Column> columns = columns_of(study, seen);
    int first = 4, least = 1;  // columns of the slot's own name: all of it, its number alone
    for (const SlotStatus& slot : seen) {
        first = std::max(first, static_cast<int>(slot.slot.size()));
        least = std::max(least, static_cast<int>(std::min(slot.slot.find(':'), slot.slot.size())));
    }
    const auto total = [&] {
        int width = 0;
        for (const Column& column : columns) width += kGap + column.width();
        return width;
    };
    const auto less = [](const Column& a, const Column& b) { return a.importance < b.importance; };
    // The slot's whole name is worth more than speed and memory.
    const auto too_wide = [&](const Column& least_important) {
        return (least_important.importance <= kBelowName ? first : least) + total() > size.columns;
    };
    while (columns.size() > 1) {
        const auto least_important = std::min_element(columns.begin(), columns.end(), less);
        if (!too_wide(*least_important)) break;
        columns.erase(least_important);
    }
    first = std::clamp(size.columns - total(), 0, first);

    std::vector<std::string> lines;
    const auto add = [&](const std::string& name, auto cell) {
        std::string line = fmt::format("{:<{}}", fit(name, first), first);
        for (const Column& column : columns)
            line += fmt::format("{:>{}}", cell(column), kGap + column.width());
        line.erase(line.find_last_not_of(' ') + 1);
        lines.push_back(fit(line, size.columns));
    };
    add("slot", [](const Column& column) { return column.name; });
    for (std::size_t i = 0; i < seen.size(); ++i)
        add(seen[i].slot, [i](const Column& column) { return column.cells[i]; });
    if (shown < slots.size())
        lines.push_back(fit(fmt::format("and {} more", slots.size() - shown), size.columns));
    return lines;
}

}  // namespace o2v::orchestrator
