// A run that goes on when its terminal is gone.
#pragma once

#include "orchestrator/run_folder.hpp"

namespace o2v::cli {

// Starts this very command anew without --detach, in a session of its own, what it prints appended to
// logs/run.log in the study's folder. Waits until it runs the study, says how it is watched and ended, and
// returns 0; when it ends before that, says what it said and returns its exit code.
int run_detached(const orchestrator::RunFolder& folder);

}  // namespace o2v::cli
