#include "reports/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/comparison_differences.hpp"
#include "reports/statistics_samples.hpp"

namespace o2v::reports {
namespace {

constexpr double kNoisy = 0.05;         // of the reference loop's times: coefficient of variation
constexpr double kOtherSpeed = 0.02;    // of the machine itself
constexpr std::size_t kFewRepeats = 5;  // below, a bootstrap has too few values to draw from

double inverse_of_rates(const std::string& better, double ratio) {
    return better == "higher" ? 1 / ratio : ratio;
}

Interval turned(const std::string& better, const Interval& interval) {
    return better == "higher" ? Interval{1 / interval.high, 1 / interval.low} : interval;
}

const char* word(const std::string& kind, bool worse) {
    if (kind == "memory") return worse ? "more" : "less";
    if (kind == "cost") return worse ? "dearer" : "cheaper";
    return worse ? "slower" : "faster";
}

std::string percent(double harm) {
    const double by = std::abs(harm - 1) * 100;
    return by < 0.05 ? "less than 0.1 %" : fmt::format("{:.1f} %", by);
}

Ratio ratio_of(const std::vector<double>& first, const std::vector<double>& other, const std::string& kind,
               const std::string& better) {
    Ratio ratio;
    const double before = median(first), after = median(other);
    ratio.value = after / before;
    ratio.harm = inverse_of_rates(better, ratio.value);
    if (first == other ||
        (kind == "quality" && all_equal(first) && all_equal(other) && first[0] == other[0])) {
        ratio.value = ratio.harm = 1;  // also of zeros
        ratio.interval = ratio.harm_interval = Interval{1, 1};
        ratio.verdict = kind == "quality" ? "the same" : "no difference seen";
        return ratio;
    }
    if (!std::isfinite(ratio.value)) {  // something beside 0
        ratio.verdict = "not to be compared";
        return ratio;
    }
    if (first.size() < 2 || other.size() < 2) {
        ratio.verdict = "too few repeats to tell";
        return ratio;
    }
    const Interval interval = bootstrap_ratio_interval(other, first, Average::median);
    if (std::isnan(interval.low) || std::isnan(interval.high)) {  // 0 is among the medians
        ratio.verdict = "not to be compared";
        return ratio;
    }
    ratio.interval = interval;
    ratio.harm_interval = turned(better, interval);
    if (interval.contains(1))
        ratio.verdict = "no difference seen";
    else if (kind == "quality")  // which may be negative
        ratio.verdict = percent(ratio.value) + (after > before ? " higher" : " lower");
    else
        ratio.verdict = percent(ratio.harm) + ' ' + word(kind, ratio.harm > 1);
    return ratio;
}

const Series* find(const BenchResult& result, const Series& like) {
    for (const Series& series : result.series)
        if (series.configuration == like.configuration && series.measure == like.measure) return &series;
    return nullptr;
}

std::string title(const Series& series) {
    return series.configuration + ": " + series.measure;
}

// What is looked at as one in "in all"; "" = nothing. Tails of latencies and processes' starts are noisier
// than the rest, and would hide it.
std::string group_of(const Series& series) {
    const std::string& measure = series.measure;
    if (series.kind == "memory") return "memory";
    if (series.kind != "time" && series.kind != "rate") return "";
    if (measure == "startup_seconds" || measure.ends_with(".server_start_seconds")) return "start-up";
    if (measure.ends_with(".latency_p99_seconds")) return "tail latency";
    if (measure == "train_cpu_seconds") return "processor time";
    if (measure.starts_with("suggest_seconds")) return "search";
    if (measure.ends_with("_open_seconds") || measure.starts_with("read_json_")) return "data";
    return measure.find('.') == std::string::npos ? "training" : "inference";
}

// The rows of a group together: of each repeat the geometric mean of its values, each in units of the first
// result's median; then those scores' ratio. What falls on a whole repeat is so not taken for many
// independent differences. Rows with a value missing are left out.
std::optional<Ratio> overall(const std::vector<const ComparedSeries*>& rows) {
    std::size_t repeats[2] = {0, 0};
    for (const ComparedSeries* row : rows) {
        repeats[0] = std::max(repeats[0], row->first.values.size());
        repeats[1] = std::max(repeats[1], row->other.values.size());
    }
    const auto positive = [](const Series& s) {
        return std::all_of(s.values.begin(), s.values.end(), [](double x) { return x > 0; });
    };
    std::vector<double> scores[2] = {std::vector<double>(repeats[0], 0), std::vector<double>(repeats[1], 0)};
    int count = 0;
    for (const ComparedSeries* row : rows) {
        const Series* sides[2] = {&row->first, &row->other};
        if (sides[0]->values.size() != repeats[0] || sides[1]->values.size() != repeats[1] ||
            !positive(*sides[0]) || !positive(*sides[1]))
            continue;
        ++count;
        const double unit = median(sides[0]->values);
        for (int side = 0; side < 2; ++side)
            for (std::size_t i = 0; i < repeats[side]; ++i)
                scores[side][i] +=
                    std::log(inverse_of_rates(sides[0]->better, sides[side]->values[i] / unit));
    }
    if (count == 0) return std::nullopt;
    for (auto& side : scores)
        for (double& score : side) score = std::exp(score / count);
    return ratio_of(scores[0], scores[1], rows.front()->first.kind == "memory" ? "memory" : "time", "lower");
}

void warn_of_noise(const BenchResult& result, std::vector<std::string>& warnings) {
    for (const auto& [name, times] :
         {std::pair{"processor", &result.reference_cpu}, std::pair{"memory", &result.reference_memory}}) {
        if (times->size() < 2) continue;
        if (const double noise = coefficient_of_variation(*times); noise > kNoisy)
            warnings.push_back(
                fmt::format("{}: the machine was noisy: the {} reference loop's times vary by {:.1f} %; "
                            "small differences "
                            "mean little, and more --repeats help",
                            result.source, name, noise * 100));
    }
}

// Both loops together: the machine's own speed.
std::optional<Ratio> machine_speed(const BenchResult& first, const BenchResult& other) {
    if (first.reference_cpu.size() < 2 || other.reference_cpu.size() < 2) return std::nullopt;
    return ratio_of(first.reference_cpu, other.reference_cpu, "time", "lower");
}

Pairing pair_up(const BenchResult& first, const BenchResult& other, const std::set<std::string>& allowed) {
    Pairing pairing;
    pairing.other = other;
    pairing.differences = differences_of(first, other, allowed);
    bool few = false;
    for (const Series& series : first.series) {
        const Series* beside = find(other, series);
        if (!beside || series.values.empty() || beside->values.empty()) {
            pairing.missing.push_back(title(series));
            continue;
        }
        pairing.rows.push_back(
            {series, *beside, ratio_of(series.values, beside->values, series.kind, series.better)});
        few = few || std::min(series.values.size(), beside->values.size()) < kFewRepeats;
    }
    for (const Series& series : other.series)
        if (!find(first, series)) pairing.missing.push_back(title(series));
    std::map<std::string, std::vector<const ComparedSeries*>> groups;
    for (const ComparedSeries& row : pairing.rows)
        if (const std::string group = group_of(row.first); !group.empty()) groups[group].push_back(&row);
    for (const auto& [group, rows] : groups)
        if (const auto ratio = overall(rows)) pairing.overall.emplace(group, *ratio);
    pairing.machine = machine_speed(first, other);

    warn_of_noise(first, pairing.warnings);
    warn_of_noise(other, pairing.warnings);
    if (const auto& speed = pairing.machine;
        speed && speed->interval && !speed->interval->contains(1) && std::abs(speed->harm - 1) > kOtherSpeed)
        pairing.warnings.push_back(
            fmt::format("the machine itself was {} in {}: so much of a difference is not the programs'",
                        speed->verdict, other.source));
    if (few)
        pairing.warnings.push_back(
            fmt::format("fewer than {} repeats: the intervals are too narrow to be trusted", kFewRepeats));
    return pairing;
}

}  // namespace

bool Comparison::refused() const {
    return std::any_of(others.begin(), others.end(), [](const Pairing& pairing) {
        return std::any_of(pairing.differences.begin(), pairing.differences.end(),
                           [](const Difference& difference) { return difference.refused; });
    });
}

Comparison compare(const std::vector<BenchResult>& results, const std::set<std::string>& allowed) {
    Comparison comparison{results.front(), {}};
    for (std::size_t i = 1; i < results.size(); ++i)
        comparison.others.push_back(pair_up(results.front(), results[i], allowed));
    return comparison;
}

}  // namespace o2v::reports
