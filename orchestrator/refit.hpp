// A winner trained again on all data but the test set, before it is promoted.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/control.hpp"
#include "orchestrator/model_lineage.hpp"
#include "orchestrator/observer.hpp"
#include "orchestrator/slot_locks.hpp"
#include "orchestrator/stored_study.hpp"

namespace o2v::orchestrator {

// A study of one trial in refit/trial-N of the study's folder: recorded, checkpointed, and gone on with after
// a kill as every training is. The trial's hyperparameters and seed, as many epochs as its best one, no early
// stopping, the last epoch kept; its training pairs are those of train and validation, in this order (with
// negative sampling, of validation those that are not labelled 0: negatives are drawn while training). Bad
// lines that the study left out are left out.
Experiment refit_experiment(const StoredStudy& stored, const Trial& trial, const std::string& pairs_file);

// One slot like the study's first, or any. Throws as take_slots does.
TakenSlots take_refit_slot(const Experiment& experiment, bool share);

// Trains, goes on with, or only looks up one that is complete. `observer` hears sentences for people, `inbox`
// has requests from outside; null = none come. Returns nullopt when it was interrupted. Refits of other
// trials that nobody is at work on are removed first. Throws InputError when the study has no validation
// data, the data has changed since, or the trial was forked from another one; StorageError;
// std::runtime_error when the training fails, which is then begun anew next time.
std::optional<Refit> refit(const StoredStudy& stored, TrialId trial, const Slot& slot,
                           StudyObserver& observer, ControlInbox* inbox = nullptr);

// Once it is promoted. Without an effect where it cannot, or another process is at work on it.
void remove_refit(const RunFolder& study, TrialId trial);

}  // namespace o2v::orchestrator
