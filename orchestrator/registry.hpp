// Promoted models: models/NAME/VERSION, and models/NAME/current, a link to the one in use.
#pragma once

#include <string>

#include "orchestrator/run_folder.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

struct PromotedModel {
    std::string path;     // models/NAME/VERSION, absolute
    std::string current;  // models/NAME/current, absolute
    int version = 0;
    bool already = false;  // this trial's model was the current version before
};

// Copies the trial's model to a new version with its lineage (promotion.json: study, trial, parameters,
// metrics), complete before it appears under its name, and then moves `current`. Throws InputError when the
// trial has not completed, or its model has not been kept.
PromotedModel promote(const RunFolder& folder, const Study& study, TrialId trial, const std::string& as,
                      const std::string& mode);

}  // namespace o2v::orchestrator
