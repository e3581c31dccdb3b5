// What earlier studies found out, for a new one to begin with.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "orchestrator/experiment.hpp"
#include "orchestrator/json_fields.hpp"

namespace o2v::orchestrator {

// "warm_start" of the experiment's fields: a list of studies, or {"studies": [...], "kind": "identical" or
// "transfer"}; of a stored one "prior" as well.
void read_warm_start(JsonFields& fields, Experiment& experiment, bool stored);
// Puts both.
void put_warm_start(const Experiment& experiment, nlohmann::json& json);

// The ended and paused trials of the studies that the experiment names, each with the goal's value: of a
// pruned or paused one the best it had (without any it is left out), of a failed or diverged one, or when it
// is no number, NaN. What was fixed there and is searched now is among the parameters. Throws InputError with
// all that is wrong: a study that there is not, that cannot be read, or that had another goal.
std::vector<PriorTrial> trials_of_earlier_studies(const Experiment& experiment);
// What a run of the experiment begins with: what the study in `database` was created with or, when there is
// none yet, trials_of_earlier_studies().
std::vector<PriorTrial> prior_trials(const Experiment& experiment, const std::string& database);

}  // namespace o2v::orchestrator
