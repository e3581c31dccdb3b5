#include "orchestrator/registry.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/data/durable_file.hpp"
#include "orchestrator/kept_files.hpp"
#include "search/study/errors.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLineage = "promotion.json";

int latest_version(const fs::path& model) {
    int latest = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(model, error)) {
        const std::string name = entry.path().filename().string();
        if (name.size() < 9 && name.find_first_not_of("0123456789") == std::string::npos)
            latest = std::max(latest, std::stoi(name));
    }
    return latest;
}

nlohmann::json lineage(const RunFolder& folder, const Study& study, const Trial& trial,
                       const std::string& mode) {
    const Completed& done = std::get<Completed>(*trial.ending);
    return {{"study", study.spec().name},
            {"study_folder", folder.path()},
            {"trial", trial.id},
            {"seed", trial.seed},
            {"params", protocol::to_json(trial.params)},
            {"metrics", protocol::to_json(done.metrics)},
            {"best_epoch", done.best_epoch},
            {"mode", mode},
            {"o2v_version", O2V_VERSION}};
}

bool is_current(const fs::path& current, const nlohmann::json& wanted) {
    std::ifstream file(current / kLineage);
    const nlohmann::json found = nlohmann::json::parse(file, nullptr, false);
    return found == wanted;
}

// On disk when this returns.
void copy_folder(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from)) {
        const fs::path target = to / entry.path().filename();
        if (entry.is_directory())
            copy_folder(entry.path(), target);
        else
            data::copy_durably(entry.path().string(), target.string());
    }
}

}  // namespace

PromotedModel promote(const RunFolder& folder, const Study& study, TrialId id, const std::string& as,
                      const std::string& mode) {
    const std::string where = "trial " + std::to_string(id);
    if (id < 0 || id >= static_cast<TrialId>(study.trials().size()))
        throw InputError(where, "",
                         "there is no such trial: the study has " + std::to_string(study.trials().size()));
    const Trial& trial = study.trial(id);
    const auto* done = trial.ending ? std::get_if<Completed>(&*trial.ending) : nullptr;
    if (!done) throw InputError(where, "", "has not completed: it is " + std::string(to_text(trial.state())));
    if (done->model_path.empty()) throw InputError(where, "", "has no model: its objective leaves none");
    const fs::path source = fs::path(folder.path()) / done->model_path;
    if (!fs::is_directory(source))
        throw InputError(
            where, "",
            "its model was not kept: only those of the best " + std::to_string(kModelsKept) + " trials are");

    const fs::path model = fs::path(folder.models()) / as;
    const fs::path current = model / "current";
    const nlohmann::json record = lineage(folder, study, trial, mode);
    try {
        fs::create_directories(model);
        const int latest = latest_version(model);
        if (is_current(current, record))
            return {fs::canonical(current).string(), current.string(), latest, true};
        const fs::path version = model / std::to_string(latest + 1);
        const fs::path aside = model / (std::to_string(latest + 1) + ".tmp");
        fs::remove_all(aside);
        copy_folder(source, aside);
        data::write_durably((aside / kLineage).string(), record.dump(2) + '\n');
        fs::rename(aside, version);
        fs::remove(model / "current.tmp");
        fs::create_directory_symlink(version.filename(), model / "current.tmp");
        fs::rename(model / "current.tmp", current);
        data::sync_folder(model.string());
        return {version.string(), current.string(), latest + 1, false};
    } catch (const fs::filesystem_error& e) {
        throw storage_error(model.string(), "the model cannot be promoted", e.code().value());
    }
}

}  // namespace o2v::orchestrator
