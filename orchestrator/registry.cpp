#include "orchestrator/registry.hpp"

#include <algorithm>
#include <filesystem>

#include "model/data/durable_file.hpp"
#include "orchestrator/kept_files.hpp"
#include "orchestrator/model_versions.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

ModelVersions versions_of(const StoredStudy& stored, const std::string& as) {
    return ModelVersions(stored.folder.models() + '/' + as);
}

// Null when there is none, or it cannot be read.
Json lineage_of(const ModelVersions& versions, std::optional<int> number) {
    if (!number) return nullptr;
    try {
        return read_lineage(versions.version(*number));
    } catch (const StorageError&) {
        return nullptr;
    }
}

// The sentence, when the gate lets it pass.
std::string pass_gate(const PromotionRequest& request, const Json& candidate, int incumbent,
                      const Json& current) {
    std::string name = "version " + std::to_string(incumbent);
    if (current.is_null()) return "not compared with " + name + ", whose record cannot be read";
    name += " (trial " + current.at("trial").dump() + ')';
    const GateVerdict verdict = compare_on_same_data(judged_in(candidate), judged_in(current), name);
    if (verdict.worse && !request.force)
        throw PromotionRefused("trial " + std::to_string(request.trial) + " is worse than " + request.as +
                               "'s current model: " + verdict.sentence +
                               "; it is not promoted (`o2v-tune promote " + std::to_string(request.trial) +
                               " --force` does it all the same)");
    return verdict.sentence;
}

// A new version, whole before it has its number.
int add_version(const ModelVersions& versions, const fs::path& model, const Json& lineage) {
    const std::vector<int> numbers = versions.numbers();
    const int number = numbers.empty() ? 1 : numbers.back() + 1;
    const fs::path aside = versions.version(number) + ".tmp";
    try {
        fs::remove_all(aside);
        copy_model(model.string(), aside.string());
        data::write_durably((aside / kLineageFile).string(), lineage.dump(2) + '\n');
        fs::rename(aside, versions.version(number));
    } catch (const fs::filesystem_error& e) {
        throw storage_error(versions.folder(), "the model cannot be promoted", e.code().value());
    }
    data::sync_folder(versions.folder());
    return number;
}

// The latest version, when it is this trial's: one that was killed made it, or a rollback took it out of use.
std::optional<int> latest_of(const ModelVersions& versions, const StoredStudy& stored, const Trial& trial,
                             const std::string& mode, bool refit) {
    const std::vector<int> numbers = versions.numbers();
    if (numbers.empty()) return std::nullopt;
    const bool same = same_origin(lineage_of(versions, numbers.back()), stored, trial, mode, refit);
    return same ? std::optional(numbers.back()) : std::nullopt;
}

}  // namespace

const Trial& promotable(const StoredStudy& stored, TrialId id) {
    const Study& study = stored.study;
    const std::string where = "trial " + std::to_string(id);
    if (id < 0 || id >= std::ssize(study.trials()))
        throw InputError(where, "",
                         "there is no such trial: the study has " + std::to_string(study.trials().size()));
    const Trial& trial = study.trial(id);
    const auto* done = trial.ending ? std::get_if<Completed>(&*trial.ending) : nullptr;
    if (!done) throw InputError(where, "", "has not completed: it is " + std::string(to_text(trial.state())));
    if (done->model_path.empty()) throw InputError(where, "", "has no model: its objective leaves none");
    if (!fs::is_directory(fs::path(stored.folder.path()) / done->model_path))
        throw InputError(where, "",
                         "its model was not kept: only those of the best " + std::to_string(kModelsKept) +
                             " trials" + (study.spec().more_goals.empty() ? "" : " and of the front") +
                             " are");
    return trial;
}

std::optional<PromotedModel> already_promoted(const StoredStudy& stored, const PromotionRequest& request,
                                              bool refit) {
    const ModelVersions versions = versions_of(stored, request.as);
    const std::optional<int> current = versions.current();
    const Json lineage = lineage_of(versions, current);
    const Trial& trial = stored.study.trial(request.trial);
    if (lineage.is_null() || !same_origin(lineage, stored, trial, request.mode, refit)) return std::nullopt;
    return PromotedModel{versions.version(*current), versions.current_link(), *current, true, ""};
}

void refuse_rolled_back(const StoredStudy& stored, const PromotionRequest& request, bool refit) {
    const ModelVersions versions = versions_of(stored, request.as);
    const std::vector<int> withdrawn = versions.withdrawn();
    const auto made = latest_of(versions, stored, stored.study.trial(request.trial), request.mode, refit);
    if (!made || std::find(withdrawn.begin(), withdrawn.end(), *made) == withdrawn.end()) return;
    throw PromotionRefused("version " + std::to_string(*made) + " of " + request.as + " (trial " +
                           std::to_string(request.trial) +
                           ") was rolled back and stays out of use; `o2v-tune promote " +
                           std::to_string(request.trial) + "` takes it into use again");
}

PromotedModel promote(const StoredStudy& stored, const PromotionRequest& request,
                      const std::optional<Refit>& refit) {
    const Trial& trial = promotable(stored, request.trial);
    const ModelVersions versions = versions_of(stored, request.as);
    const ModelLock lock(versions);
    if (auto already = already_promoted(stored, request, refit.has_value())) return *already;

    const Json lineage = make_lineage(stored, trial, request.mode, refit);
    const std::optional<int> current = versions.current();
    const std::optional<int> made = latest_of(versions, stored, trial, request.mode, refit.has_value());
    if (request.automatic) refuse_rolled_back(stored, request, refit.has_value());
    PromotedModel promoted;
    if (current) promoted.compared = pass_gate(request, lineage, *current, lineage_of(versions, current));
    const fs::path model =
        refit ? fs::path(refit->model)
              : fs::path(stored.folder.path()) / std::get<Completed>(*trial.ending).model_path;
    promoted.version = made ? *made : add_version(versions, model, lineage);
    versions.set_current(promoted.version);
    std::vector<int> withdrawn = versions.withdrawn();
    std::erase(withdrawn, promoted.version);
    versions.set_withdrawn(withdrawn);
    promoted.path = versions.version(promoted.version);
    promoted.current = versions.current_link();
    return promoted;
}

}  // namespace o2v::orchestrator
