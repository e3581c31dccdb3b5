// SQLite's ways, as a person needs them. Private to the room.
#pragma once

#include <SQLiteCpp/Database.h>

#include <string>

#include "search/study/errors.hpp"

namespace o2v::orchestrator {

// The error as a sentence with a way out; `path` is the database.
StorageError explain(const SQLite::Exception& error, const std::string& path);

// Runs `work` on the database, with SQLite's errors so explained.
template <class Work>
auto explained(const std::string& path, const Work& work) {
    try {
        return work();
    } catch (const SQLite::Exception& error) {
        throw explain(error, path);
    }
}

// How long another program's lock on a database is waited for.
inline constexpr int kBusyMilliseconds = 5000;

// Opens a database to be read: on a read-only file system, where SQLite cannot make the files beside it that
// readers share, as one that does not change, unless a log of changes is left. Throws SQLite::Exception.
SQLite::Database open_to_read(const std::string& path);

}  // namespace o2v::orchestrator
