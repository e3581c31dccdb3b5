#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/comparison_formats.hpp"
#include "reports/comparison_values.hpp"
#include "reports/table.hpp"

namespace o2v::reports {
namespace {

std::string head(const BenchResult& result) {
    std::string text = result.source + ", " + result.started_at;
    if (result.instance) text += ", " + result.instance->name;
    if (!result.commit.empty()) text += ", commit " + result.commit.substr(0, 12);
    return text + fmt::format(", {} repeats, noise: {}", result.repeats, noise_text(result));
}

std::vector<Column> table_of(const Pairing& pairing, const std::string& other) {
    std::vector<Column> columns{{"configuration", false}, {"measure", false}, {"A"},      {other},
                                {other + " / A"},         {"95 % interval"},  {"", false}};
    for (const ComparedSeries& row : pairing.rows) {
        const std::string cells[] = {row.first.configuration,
                                     row.first.measure,
                                     value_text(median(row.first.values), row.first.unit),
                                     value_text(median(row.other.values), row.other.unit),
                                     fmt::format("{:.3f}", row.ratio.value),
                                     interval_text(row.ratio.interval),
                                     row.ratio.verdict};
        for (std::size_t i = 0; i < columns.size(); ++i) columns[i].cells.push_back(cells[i]);
    }
    return columns;
}

std::string cost_table(const Comparison& comparison, bool markdown) {
    const std::vector<CostPoint> points = cost_points(comparison);
    if (points.empty()) return "";
    std::vector<Column> columns{
        {"instance", false}, {"configuration", false}, {"measure", false}, {"a second"}, {"an hour"},
        {"a million"},       {"price", false}};
    for (const CostPoint& point : points) {
        const std::string cells[] = {point.instance,
                                     point.configuration,
                                     point.measure,
                                     value_text(point.rate, ""),
                                     value_text(point.per_hour, point.currency),
                                     fmt::format("{:.4g} {}", point.per_million, point.currency),
                                     "as of " + point.as_of + (point.secondary ? ", secondary source" : "")};
        for (std::size_t i = 0; i < columns.size(); ++i) columns[i].cells.push_back(cells[i]);
    }
    return (markdown ? "\n## Cost\n\n" : "\ncost:\n") +
           (markdown ? markdown_table(columns) : text_table(columns));
}

}  // namespace

std::string comparison_as_text(const Comparison& comparison, bool markdown) {
    const std::string item = markdown ? "- " : "  ";
    const auto rows = [&](const std::vector<Column>& columns) {
        return markdown ? markdown_table(columns) : text_table(columns);
    };
    std::string text = markdown ? "# Benchmark results compared\n\n" : "";
    text += (markdown ? "- A: " : "A  ") + head(comparison.first) + '\n';
    for (std::size_t i = 0; i < comparison.others.size(); ++i)
        text += (markdown ? "- " + letter(i + 1) + ": " : letter(i + 1) + "  ") +
                head(comparison.others[i].other) + '\n';
    text += item + comparison.first.machine + '\n';
    for (std::size_t i = 0; i < comparison.others.size(); ++i) {
        const Pairing& pairing = comparison.others[i];
        const std::string other = letter(i + 1);
        text += markdown ? "\n## " + other + " beside A\n\n" : "\n" + other + " beside A\n";
        for (const Difference& difference : pairing.differences)
            text += item + (difference.refused ? "NOT COMPARABLE, other " : "other ") + difference.aspect +
                    ": " + difference.text + '\n';
        if (std::any_of(pairing.differences.begin(), pairing.differences.end(),
                        [](const Difference& difference) { return difference.refused; }))
            continue;
        if (!pairing.differences.empty()) text += '\n';
        text += rows(table_of(pairing, other)) + '\n';
        for (const std::string& line : overall_lines(pairing)) text += item + line + '\n';
        text += item + tally_text(pairing) + '\n';
        for (const std::string& missing : pairing.missing)
            text += item + "measured in one of them only: " + missing + '\n';
        for (const std::string& warning : pairing.warnings) text += item + "warning: " + warning + '\n';
    }
    return text + (comparison.refused() ? "" : cost_table(comparison, markdown));
}

std::string result_text(const BenchResult& result) {
    std::vector<Column> columns{{"configuration", false}, {"measure", false}, {"median"},
                                {"95 % interval"},        {"spread"},         {"repeats"}};
    for (const Series& series : result.series) {
        if (series.values.empty()) continue;
        const bool several = series.values.size() > 1;
        const Interval interval = bootstrap_interval(series.values, Average::median);
        const double spread = several ? coefficient_of_variation(series.values) : 0;
        const std::string cells[] = {
            series.configuration,
            series.measure,
            value_text(median(series.values), series.unit),
            several ? value_text(interval.low, series.unit) + " to " + value_text(interval.high, series.unit)
                    : "-",
            several && std::isfinite(spread) ? fmt::format("{:.1f} %", 100 * spread) : "-",
            std::to_string(series.values.size())};
        for (std::size_t i = 0; i < columns.size(); ++i) columns[i].cells.push_back(cells[i]);
    }
    std::string text = text_table(columns);
    text +=
        "\n" + result.machine + "\nnoise (the reference loops' times vary by): " + noise_text(result) + '\n';
    return text;
}

}  // namespace o2v::reports
