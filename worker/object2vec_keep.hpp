// The best model so far of a training that has not come to its end.
#pragma once

#include <string>

namespace o2v::worker {

// Makes a model folder of a checkpoint's kept epoch, with its metrics on the validation data; those of the
// test data have not been measured. `output` as save_model(). Throws StorageError when the checkpoint is
// damaged or holds no epoch.
void keep_checkpoint(const std::string& checkpoint, const std::string& output);

}  // namespace o2v::worker
