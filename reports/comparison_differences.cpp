#include "reports/comparison_differences.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace o2v::reports {
namespace {

using Json = nlohmann::json;

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
    if (aspect == "code" && !first.commit.empty() && first.commit != other.commit)
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

const std::vector<std::string>& aspects() {
    static const std::vector<std::string> names{"data",     "config", "seeds",    "machine",
                                                "instance", "code",   "versions", "incomplete"};
    return names;
}

std::vector<Difference> differences_of(const BenchResult& first, const BenchResult& other,
                                       const std::set<std::string>& allowed) {
    std::vector<Difference> differences;
    const bool instances = label(first) != label(other) && !label(first).empty() && !label(other).empty();
    for (const std::string& aspect : aspects()) {
        const auto found = first.aspects.find(aspect);
        if (found == first.aspects.end() || found->second == other.aspects.at(aspect)) continue;
        const auto& refused = refused_aspects();
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

}  // namespace o2v::reports
