#include <nlohmann/json.hpp>

#include "orchestrator/ask_tell.hpp"
#include "orchestrator/extension.hpp"
#include "orchestrator/machine.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {

AskedStorage open_asked(const Experiment& experiment, const std::string& database) {
    if (database.empty()) return {nullptr, make_memory_storage()};
    AskedStorage opened{RunLock::of_database(database), open_sqlite_storage(database, OpenMode::read_write)};
    Storage& storage = *opened.storage;
    const std::string text = to_json(experiment).dump();
    if (!storage.has_study()) {
        // Trials that others run: neither data nor machine are known.
        storage.create({experiment.study.name, text, "{}", "{}", library_versions().dump()});
        return opened;
    }
    std::string message = "the study in " + database + " was begun with another file:";
    const std::vector<std::string> lines = obstacles(storage, experiment, Change::extension);
    for (const std::string& line : lines) message += "\n  " + line;
    if (!lines.empty())
        throw InputError(experiment.file, "", message + "\nuse another --db, or move that one away");
    if (storage.study().experiment != text) storage.replace_experiment(text);
    return opened;
}

}  // namespace o2v::orchestrator
