// Promotion: a trial's model becomes a version of a name, and the one in use (model_versions.hpp).
#pragma once

#include <optional>
#include <string>

#include "orchestrator/model_lineage.hpp"
#include "orchestrator/promotion_gate.hpp"
#include "orchestrator/stored_study.hpp"

namespace o2v::orchestrator {

struct PromotionRequest {
    TrialId trial = 0;
    std::string as;
    std::string mode = "classification";
    bool force = false;      // worse than the current model, and promoted all the same
    bool automatic = false;  // by a run's end: what a rollback took out of use stays out
};

struct PromotedModel {
    std::string path;     // models/NAME/VERSION, absolute
    std::string current;  // models/NAME/current, absolute
    int version = 0;
    bool already = false;  // this trial's model was the current version before
    std::string compared;  // the gate's sentence; "" when there was no current model
};

// Throws InputError when there is no such trial, it has not completed, or its model is not kept.
const Trial& promotable(const StoredStudy& stored, TrialId trial);

// The current version when it is this trial's model, of a refit or not: then nothing is to be done.
std::optional<PromotedModel> already_promoted(const StoredStudy& stored, const PromotionRequest& request,
                                              bool refit);

// What a rollback took out of use, a run's end does not take into use again: throws PromotionRefused when the
// latest version is this trial's and has been rolled back. Known before a refit is done.
void refuse_rolled_back(const StoredStudy& stored, const PromotionRequest& request, bool refit);

// Copies the trial's model, or its refit, to a new version with its lineage, complete before it appears under
// its name, and then moves `current`. A kill at any moment leaves `current` at the old version or the new
// one. Where a kill came between the two, the version that is there is taken. Two at once: one after the
// other. Throws as promotable() does; PromotionRefused when the model is worse than the current one on the
// same data (GateVerdict) and `force` is not given, or when a rollback took it out of use and the request is
// `automatic`: nothing is changed then; StorageError.
PromotedModel promote(const StoredStudy& stored, const PromotionRequest& request,
                      const std::optional<Refit>& refit = std::nullopt);

}  // namespace o2v::orchestrator
