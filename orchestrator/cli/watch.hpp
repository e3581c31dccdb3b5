// `o2v-tune status --watch`: a study that another process runs, drawn each second.
#pragma once

#include "orchestrator/run_folder.hpp"

namespace o2v::cli {

// On a terminal the table of slots and the progress, redrawn in place; in a pipe a line for each trial that
// ends, and so on. Returns kDone when the run has ended, kInterrupted after Ctrl-C.
int watch(const orchestrator::RunFolder& folder);

}  // namespace o2v::cli
