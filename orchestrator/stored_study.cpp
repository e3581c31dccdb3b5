#include "orchestrator/stored_study.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

StudyRecord record_in(const Storage& storage, const std::string& path) {
    if (!storage.has_study()) throw StorageError(path + ": holds no study yet");
    return storage.study();
}

Experiment experiment_of(const StudyRecord& record, const std::string& path) {
    return parse_experiment(nlohmann::json::parse(record.experiment), path, Origin::stored);
}

}  // namespace

Study rebuild(const StudySpec& spec, const Storage& storage) {
    Study study(spec);
    try {
        for (const TrialEvent& event : storage.load()) study.apply(event);
    } catch (const std::logic_error& e) {
        throw StorageError(std::string("the study's record is damaged: ") + e.what() +
                           "; restore study.db from a backup or move the folder away");
    }
    return study;
}

Experiment stored_experiment(const std::string& database) {
    return experiment_of(record_in(*open_sqlite_storage(database, OpenMode::read_only), database), database);
}

StoredStudy load_study(const RunFolder& folder) {
    return load_database(folder.database());
}

StoredStudy load_database(const std::string& path) {
    const auto storage = open_sqlite_storage(path, OpenMode::read_only);
    StudyRecord record = record_in(*storage, path);
    Experiment experiment = experiment_of(record, path);
    Study study = rebuild(experiment.study, *storage);
    RunFolder folder(std::filesystem::absolute(path).parent_path().string());
    return {std::move(folder), std::move(record), std::move(experiment), std::move(study)};
}

}  // namespace o2v::orchestrator
