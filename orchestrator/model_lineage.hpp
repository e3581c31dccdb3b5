// Where a promoted model comes from: promotion.json of its folder. The same study, trial and data give the
// same bytes: no time and no path of a machine stands in it (how old a version is, its file's time tells).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/stored_study.hpp"

namespace o2v::orchestrator {

inline constexpr const char* kLineageFile = "promotion.json";
inline constexpr const char* kLineageFormat = "o2v-promotion/1";

// A goal's figure on the data that versions are compared on.
struct JudgedGoal {
    Goal goal;                    // "test:accuracy"
    std::optional<double> value;  // nullopt: not reported; may be NaN
    bool operator==(const JudgedGoal&) const = default;
};
// What a version may be compared by: the study's goals on its test set, or where there is none on its
// validation (or training) set; of an objective without data, on the objective itself. A refit has only a
// test set to be compared on.
struct Judged {
    std::string set;   // "test", "validation", "train", "objective"; "" = there is none
    std::string xxh3;  // of the file, or of what defines the objective
    std::vector<JudgedGoal> goals;
    bool operator==(const Judged&) const = default;
};

// A winner that was trained again on train + validation (refit.hpp).
struct Refit {
    std::string model;        // absolute folder
    Completed done;           // metrics on the merged training set and the test set
    std::int64_t epochs = 0;  // that it was trained for
    nlohmann::json data;      // data_hashes() of what it was trained on
};

// What a version's lineage says:
// {"format", "study", "trial", "seed", "params": the trial's, "fixed", "metrics", "best_epoch", "mode",
//  "data": {"train": {"file", "bytes", "xxh3", ...}, ...}, "judged": {"set", "xxh3", "goals": [...]},
//  "code": {"o2v", "commit", "libtorch", ...}: what trained it, "versions": what ran the study,
//  "refit": null | {"epochs", "pairs", "xxh3", "metrics_before"}}.
// REQUIRES: the trial has completed.
nlohmann::json make_lineage(const StoredStudy& stored, const Trial& trial, const std::string& mode,
                            const std::optional<Refit>& refit);

// Is it the same trial of the same study, trained in the same way? Known before a refit is done.
// No lineage (null) is of no trial.
bool same_origin(const nlohmann::json& lineage, const StoredStudy& stored, const Trial& trial,
                 const std::string& mode, bool refit);

// Throws StorageError naming the file when it is missing or no lineage.
nlohmann::json read_lineage(const std::string& version_folder);
Judged judged_in(const nlohmann::json& lineage);

// The member of the lineage's metrics as a number; nullopt where there is none.
std::optional<double> metric_in(const nlohmann::json& lineage, const std::string& metric);

}  // namespace o2v::orchestrator
