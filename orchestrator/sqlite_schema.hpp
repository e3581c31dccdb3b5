// The tables of study.db and how an older file becomes the current one. Documented in
// orchestrator/DATABASE.md.
#pragma once

#include <SQLiteCpp/Database.h>

namespace o2v::orchestrator {

int current_schema_version();
// PRAGMA user_version of the file; 0 for a new one.
int schema_version(SQLite::Database& db);
// Applies, in one transaction each, the steps from the file's version to `target`.
void upgrade_schema(SQLite::Database& db, int target);

}  // namespace o2v::orchestrator
