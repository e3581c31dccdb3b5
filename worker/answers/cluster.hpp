// Groups of items that a model finds alike.
#pragma once

#include "worker/answers/options/item_options.hpp"

namespace o2v::answers {

// Throws InputError, StorageError.
void cluster(const ClusterCommandOptions& options);

}  // namespace o2v::answers
