#include "orchestrator/stored_study.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "search/study/errors.hpp"

namespace o2v::orchestrator {

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

StoredStudy load_study(const RunFolder& folder) {
    return load_database(folder.database());
}

StoredStudy load_database(const std::string& path) {
    const auto storage = open_sqlite_storage(path, OpenMode::read_only);
    if (!storage->has_study()) throw StorageError(path + ": holds no study yet");
    StudyRecord record = storage->study();
    Experiment experiment = parse_experiment(nlohmann::json::parse(record.experiment), path, Origin::stored);
    Study study = rebuild(experiment.study, *storage);
    RunFolder folder(std::filesystem::absolute(path).parent_path().string());
    return {std::move(folder), std::move(record), std::move(experiment), std::move(study)};
}

}  // namespace o2v::orchestrator
