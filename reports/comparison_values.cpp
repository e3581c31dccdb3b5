#include "reports/comparison_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/leaderboard.hpp"

namespace o2v::reports {
namespace {

std::string grouped(double value) {
    std::string digits = fmt::format("{:.0f}", std::abs(value));
    for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3)
        digits.insert(static_cast<std::size_t>(place), ",");
    return (value < 0 ? "-" : "") + digits;
}

std::string seconds_text(double seconds) {
    // Up to what three digits still show as 999.
    if (seconds < 0.9995e-3) return fmt::format("{:.3g} us", seconds * 1e6);
    if (seconds < 0.9995) return fmt::format("{:.3g} ms", seconds * 1e3);
    return fmt::format("{:.4g} s", seconds);
}

}  // namespace

std::string value_text(double value, const std::string& unit) {
    if (!std::isfinite(value)) return "-";
    if (unit == "s") return seconds_text(value);
    if (unit == "B") return bytes_text(std::llround(value));
    const std::string number = std::abs(value) >= 1000 ? grouped(value) : fmt::format("{:.4g}", value);
    return unit.empty() ? number : number + ' ' + unit;
}

std::string interval_text(const std::optional<Interval>& interval) {
    return interval ? fmt::format("{:.3f} to {:.3f}", interval->low, interval->high) : "-";
}

std::string noise_text(const BenchResult& result) {
    const auto share = [](const std::vector<double>& times) {
        return times.size() < 2 ? std::string("unknown")
                                : fmt::format("{:.1f} %", 100 * coefficient_of_variation(times));
    };
    return "processor " + share(result.reference_cpu) + ", memory " + share(result.reference_memory);
}

const char* judgement_of(const ComparedSeries& row) {
    const Ratio& ratio = row.ratio;
    if (!ratio.harm_interval || ratio.harm_interval->contains(1)) return "soft";
    if (row.first.better == "same") return "";
    return ratio.harm > 1 ? "worse" : "better";
}

std::string letter(std::size_t i) {
    return i < 26 ? std::string(1, static_cast<char>('A' + i)) : "#" + std::to_string(i + 1);
}

std::string tally_text(const Pairing& pairing) {
    std::size_t with = 0, excluding = 0;
    for (const ComparedSeries& row : pairing.rows) {
        if (!row.ratio.interval || row.first.kind == "quality") continue;
        ++with;
        excluding += row.ratio.interval->contains(1) ? 0 : 1;
    }
    return fmt::format("{} of {} intervals leave out 1; of equal programs about {:.0f} do by chance",
                       excluding, with, std::ceil(0.05 * static_cast<double>(with)));
}

std::vector<std::string> overall_lines(const Pairing& pairing) {
    std::vector<std::string> lines;
    for (const auto& [kind, ratio] : pairing.overall)
        lines.push_back(fmt::format("{} in all: {:.3f} times the first's ({}): {}", kind, ratio.value,
                                    interval_text(ratio.interval), ratio.verdict));
    if (const auto& machine = pairing.machine)
        lines.push_back(fmt::format("the machine itself, by the reference loop: {:.3f} times ({}): {}",
                                    machine->value, interval_text(machine->interval), machine->verdict));
    return lines;
}

std::vector<CostPoint> cost_points(const Comparison& comparison) {
    std::vector<CostPoint> points;
    const auto add = [&](const BenchResult& result) {
        if (!result.instance || !result.instance->per_hour) return;
        const InstanceLabel& label = *result.instance;
        for (const Series& series : result.series) {
            if (series.kind != "rate" || series.values.empty() || series.measure.starts_with("read_"))
                continue;
            const double rate = median(series.values);
            if (!(rate > 0)) continue;
            points.push_back({label.name, series.configuration, series.measure, rate, *label.per_hour,
                              1e6 / rate * *label.per_hour / 3600, result.currency, label.as_of,
                              label.secondary});
        }
    };
    add(comparison.first);
    for (const Pairing& pairing : comparison.others) add(pairing.other);
    std::stable_sort(points.begin(), points.end(),
                     [](const CostPoint& a, const CostPoint& b) { return a.measure < b.measure; });
    return points;
}

}  // namespace o2v::reports
