// The items of an index that are most like a query.
#pragma once

#include "worker/answers/options/item_options.hpp"

namespace o2v::answers {

// Throws InputError, StorageError.
void neighbors(const NeighborsOptions& options);

}  // namespace o2v::answers
