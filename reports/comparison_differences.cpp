#include "reports/comparison_differences.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "search/study/errors.hpp"

namespace o2v::reports {
namespace {

using Json = nlohmann::json;

// In the order in which they are told.
constexpr const char* kAspects[] = {"data", "config", "seeds", "machine", "code", "versions"};
constexpr std::size_t kShown = 5;     // of an aspect's differences
constexpr std::size_t kLongest = 60;  // letters of a value

std::string shortened(const Json& value) {
    std::string text = value.dump();
    if (text.size() > kLongest) text = text.substr(0, kLongest - 3) + "...";
    return text;
}

// "/configurations/hcnn/fixed/epochs: 3, here 5", leaf by leaf.
std::vector<std::string> leaves_that_differ(const Json& first, const Json& other) {
    const Json before = first.flatten(), after = other.flatten();
    std::vector<std::string> lines;
    for (const auto& [path, value] : before.items())
        if (!after.contains(path))
            lines.push_back(path + ": " + shortened(value) + ", here nothing");
        else if (after.at(path) != value)
            lines.push_back(path + ": " + shortened(value) + ", here " + shortened(after.at(path)));
    for (const auto& [path, value] : after.items())
        if (!before.contains(path)) lines.push_back(path + ": nothing, here " + shortened(value));
    return lines;
}

std::string sentence(const std::string& aspect, const BenchResult& first, const BenchResult& other) {
    if (aspect == "code" && !first.commit.empty() && !other.commit.empty() && first.commit != other.commit)
        return "commit " + first.commit.substr(0, 12) + ", here " + other.commit.substr(0, 12);
    const std::vector<std::string> lines =
        leaves_that_differ(Json::parse(first.aspects.at(aspect)), Json::parse(other.aspects.at(aspect)));
    std::string text;
    for (std::size_t i = 0; i < std::min(lines.size(), kShown); ++i) text += (i > 0 ? "; " : "") + lines[i];
    if (lines.size() > kShown) text += "; and " + std::to_string(lines.size() - kShown) + " more";
    return text;
}

std::string label(const BenchResult& result) {
    return result.instance ? result.instance->name : "";
}

}  // namespace

const std::vector<std::string>& refused_aspects() {
    static const std::vector<std::string> names{"data", "config", "seeds", "machine"};
    return names;
}

std::vector<Difference> differences_of(const BenchResult& first, const BenchResult& other,
                                       const std::set<std::string>& allowed) {
    std::vector<Difference> differences;
    const bool instances = label(first) != label(other) && !label(first).empty() && !label(other).empty();
    const auto& refused = refused_aspects();
    for (const std::string aspect : kAspects) {
        if (first.aspects.at(aspect) == other.aspects.at(aspect)) continue;
        const bool refuses = std::find(refused.begin(), refused.end(), aspect) != refused.end() &&
                             !allowed.contains(aspect) && !(aspect == "machine" && instances);
        differences.push_back({aspect, sentence(aspect, first, other), refuses});
    }
    if (label(first) != label(other)) {
        const auto shown = [](const std::string& name) { return name.empty() ? std::string("none") : name; };
        differences.push_back({"instance", shown(label(first)) + ", here " + shown(label(other)), false});
    }
    for (const BenchResult* result : {&first, &other}) {
        if (!result->complete)
            differences.push_back({"incomplete", result->source + " was interrupted", false});
        if (result->failures > 0)
            differences.push_back({"incomplete",
                                   result->source + ": " + std::to_string(result->failures) +
                                       (result->failures == 1 ? " step" : " steps") + " failed",
                                   false});
    }
    return differences;
}

BenchResult pooled(const std::vector<BenchResult>& runs) {
    BenchResult all = runs.front();
    for (std::size_t i = 1; i < runs.size(); ++i) {
        const BenchResult& run = runs[i];
        for (const Difference& difference : differences_of(runs.front(), run, {}))
            if (difference.aspect != "incomplete")
                throw InputError(run.source, "",
                                 "does not go together with " + runs.front().source + ", having other " +
                                     difference.aspect + ": " + difference.text);
        all.source += ", " + run.source;
        all.complete = all.complete && run.complete;
        all.failures += run.failures;
        all.repeats += run.repeats;
        const auto append = [](std::vector<double>& to, const std::vector<double>& from) {
            to.insert(to.end(), from.begin(), from.end());
        };
        append(all.reference_cpu, run.reference_cpu);
        append(all.reference_memory, run.reference_memory);
        for (const Series& series : run.series) {
            const auto found = std::find_if(all.series.begin(), all.series.end(), [&](const Series& one) {
                return one.configuration == series.configuration && one.measure == series.measure;
            });
            if (found == all.series.end())
                all.series.push_back(series);
            else
                append(found->values, series.values);
        }
    }
    return all;
}

}  // namespace o2v::reports
