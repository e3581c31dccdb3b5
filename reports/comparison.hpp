// Results of `o2v-tune bench` beside each other: what is comparable, ratios with intervals, a gate for
// regressions.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reports/statistics.hpp"

namespace o2v::reports {

// Values of one measure of one configuration, a value a repeat.
struct Series {
    std::string configuration, measure;
    std::string kind;    // "time", "rate", "memory", "cost", "quality"
    std::string unit;    // "s", "pairs/s", "B", "USD", ""
    std::string better;  // "lower", "higher", "same"
    std::vector<double> values;
};

struct InstanceLabel {
    std::string name;
    std::optional<double> per_hour;
    std::string as_of;
    bool secondary = false;
};

struct BenchResult {
    std::string source;  // the file
    std::string name, started_at, commit;
    bool complete = true;
    int repeats = 0;
    std::size_t failures = 0;
    std::optional<InstanceLabel> instance;
    std::string currency;
    // What decides whether results compare: JSON of each aspect in one fixed form.
    std::map<std::string, std::string> aspects;
    std::string machine;  // for people: "AMD EPYC ..., 2 cores, 23.4 GiB; affinity to 1 core"
    std::vector<double> reference_cpu, reference_memory;  // seconds of the reference loops
    std::vector<Series> series;
};

// Of the JSON that bench writes; `source` names it. Throws InputError when it is none.
BenchResult read_result(const nlohmann::ordered_json& json, const std::string& source);
// Several runs of one benchmark as one result: their values together, in order. Throws InputError when they
// differ in an aspect. REQUIRES: at least one.
BenchResult pooled(const std::vector<BenchResult>& runs);
// A result's medians with their intervals, and the noise of the machine: a table for people.
std::string result_text(const BenchResult& result);

// What keeps two results from being compared when they differ in it, unless allowed: "data", "config",
// "seeds", "machine". Other "code", "versions" and "instance", and what is "incomplete", are told. Results of
// different instance labels compare instances, and may differ in their machine.
const std::vector<std::string>& refused_aspects();

struct Difference {
    std::string aspect, text;
    bool refused = false;
};

struct Ratio {
    double value = 1;                  // the other's median over the first's
    std::optional<Interval> interval;  // of 95 %; absent with fewer than two values on a side
    double harm = 1;                   // above 1 = worse: the ratio, of rates its inverse
    std::optional<Interval> harm_interval;
    std::string verdict;  // "no difference seen", "10.2 % slower"
};

struct ComparedSeries {
    Series first, other;
    Ratio ratio;
};

struct Pairing {  // of the first result and another
    BenchResult other;
    std::vector<Difference> differences;
    std::vector<ComparedSeries> rows;
    std::vector<std::string> missing;      // "hcnn: train_seconds", of one result only
    std::map<std::string, Ratio> overall;  // by group: "training", "inference", "memory", ...
    std::optional<Ratio> machine;          // of the reference loops: the machine's own speed
    std::vector<std::string> warnings;
};

struct Comparison {
    BenchResult first;
    std::vector<Pairing> others;
    bool refused() const;
};

// REQUIRES: at least two results. `allowed`: aspects that may differ.
Comparison compare(const std::vector<BenchResult>& results, const std::set<std::string>& allowed);

enum class ComparisonFormat { text, markdown, json, html };
std::string to_text(const Comparison& comparison, ComparisonFormat format);

// "slower=1.10": fails when even the lower end of a ratio's interval is above the limit. What it looks at:
// "slower" (times, and rates turned over), "memory", "cost", or a measure by its name. One of which neither
// is better ("metric:...") fails also when its upper end is below 1 over the limit.
struct Gate {
    std::string what;
    double limit = 1;
};
// Throws InputError.
Gate parse_gate(const std::string& text);
// A sentence for each series that breaks a gate. Throws InputError for a gate that looks at nothing there is.
std::vector<std::string> broken(const Comparison& comparison, const std::vector<Gate>& gates);

}  // namespace o2v::reports
