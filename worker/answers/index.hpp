// An index of items, made for later queries.
#pragma once

#include "worker/answers/options/item_options.hpp"

namespace o2v::answers {

// Throws InputError, StorageError.
void index(const IndexCommandOptions& options);

}  // namespace o2v::answers
