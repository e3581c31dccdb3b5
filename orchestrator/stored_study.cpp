#include "orchestrator/stored_study.hpp"

#include <nlohmann/json.hpp>

#include "search/study/errors.hpp"

namespace o2v::orchestrator {

Study rebuild(const StudySpec& spec, const Storage& storage) {
    Study study(spec);
    for (const TrialEvent& event : storage.load()) study.apply(event);
    return study;
}

StoredStudy load_study(const RunFolder& folder) {
    const auto storage = open_sqlite_storage(folder.database(), OpenMode::read_only);
    if (!storage->has_study()) throw StorageError(folder.database() + ": holds no study yet");
    StudyRecord record = storage->study();
    Experiment experiment =
        parse_experiment(nlohmann::json::parse(record.experiment), folder.database(), Origin::stored);
    Study study = rebuild(experiment.study, *storage);
    return {folder, std::move(record), std::move(experiment), std::move(study)};
}

}  // namespace o2v::orchestrator
