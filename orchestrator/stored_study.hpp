// A study as its folder holds it, for everything that only looks.
#pragma once

#include <string>

#include "orchestrator/experiment.hpp"
#include "orchestrator/run_folder.hpp"
#include "orchestrator/storage.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

struct StoredStudy {
    RunFolder folder;
    StudyRecord record;
    Experiment experiment;
    Study study;
};

// Throws StorageError when the database cannot be read or holds no study.
StoredStudy load_study(const RunFolder& folder);
// The same of a database that may lie anywhere and have any name.
StoredStudy load_database(const std::string& path);
// What its study was asked to do, without its trials. Throws the same.
Experiment stored_experiment(const std::string& database);
// The events of a storage applied to a new study.
Study rebuild(const StudySpec& spec, const Storage& storage);

}  // namespace o2v::orchestrator
