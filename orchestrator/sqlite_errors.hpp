// What SQLite reports, as a person needs it. Private to the room.
#pragma once

#include <SQLiteCpp/Exception.h>

#include <string>

#include "search/study/errors.hpp"

namespace o2v::orchestrator {

// The error as a sentence with a way out; `path` is the database.
StorageError explain(const SQLite::Exception& error, const std::string& path);

}  // namespace o2v::orchestrator
