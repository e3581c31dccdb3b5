// Promoted models as text and as JSON: a list, one version, two versions side by side.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/model_versions.hpp"

namespace o2v::orchestrator {

// A table, "*" at current versions; `shown` makes a path short. "" for no versions.
std::string models_table(const std::vector<VersionRecord>& versions,
                         const std::function<std::string(const std::string&)>& shown);
// {"run", "name", "version", "path", "current", "withdrawn", "age_seconds", "bytes", "study", "trial",
// "metric", "value", "refit", "damage"}; null for what a damaged record does not tell.
nlohmann::json summary_json(const VersionRecord& version);

// Metrics, hyperparameters, what it is judged on, data, code. The JSON is the summary's with "lineage".
std::string version_page(const VersionRecord& version);
nlohmann::json version_json(const VersionRecord& version);

struct ModelDifference {
    std::string part, name;                    // "hyperparameters", "learning_rate"
    std::optional<nlohmann::json> one, other;  // nullopt: it has none
    bool operator==(const ModelDifference&) const = default;
};
// What differs of metrics, hyperparameters, data, code and refit, in this order. REQUIRES: both records can
// be read.
std::vector<ModelDifference> differences(const VersionRecord& one, const VersionRecord& other);
std::string difference_page(const VersionRecord& one, const VersionRecord& other);
nlohmann::json difference_json(const VersionRecord& one, const VersionRecord& other);

}  // namespace o2v::orchestrator
