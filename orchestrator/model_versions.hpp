// The versions of a promoted model: models/NAME/1, 2, ... and models/NAME/current, a link to the one in use.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/run_folder.hpp"

namespace o2v::orchestrator {

class ModelVersions {
  public:
    explicit ModelVersions(std::string folder);  // models/NAME, absolute; need not be there yet

    const std::string& folder() const { return folder_; }
    std::string name() const;
    std::string current_link() const { return folder_ + "/current"; }
    std::string version(int number) const { return folder_ + '/' + std::to_string(number); }

    // In order; those being written are none.
    std::vector<int> numbers() const;
    std::optional<int> current() const;  // nullopt when there is none, or what it leads to is gone
    // Those that a rollback has taken out of use: the end of a run does not take them into use again.
    std::vector<int> withdrawn() const;

    // ---- what changes them. REQUIRES: this process holds their ModelLock. Each throws StorageError, and
    // then (as after a kill at any moment) `current` is what it was before or what it is to be, and whole.

    void set_withdrawn(const std::vector<int>& numbers) const;
    // REQUIRES: there is such a version.
    void set_current(int number) const;

  private:
    std::string folder_;
};

// A model's folder with all that is in it, on disk when this returns. Throws StorageError,
// std::filesystem::filesystem_error.
void copy_model(const std::string& from, const std::string& to);

// Held by who changes the versions of one name, so that two do not get in each other's way; the second one
// waits. Goes with its process, however that ends.
class ModelLock {
  public:
    // Makes the folder. Throws StorageError.
    explicit ModelLock(const ModelVersions& versions);
    // Without waiting, and only in a folder that is there; null when another process holds it.
    static std::unique_ptr<ModelLock> if_free(const ModelVersions& versions);
    ~ModelLock();
    ModelLock(const ModelLock&) = delete;
    ModelLock& operator=(const ModelLock&) = delete;

  private:
    explicit ModelLock(int file) : file_(file) {}
    int file_ = -1;
};

struct RolledBack {
    int from = 0, to = 0;
};
// Takes another version into use: the greatest below the current one, or `to`; to one below, what was current
// is withdrawn. Throws InputError when there is no such version, or it is in use already.
RolledBack roll_back(const ModelVersions& versions, std::optional<int> to);

// One version, for who looks.
struct VersionRecord {
    std::string run;   // the study's folder, absolute; "" when it lies in none
    std::string name;  // of the model
    std::string path;  // the version's folder, absolute
    int number = 0;
    bool current = false, withdrawn = false;
    std::chrono::seconds age{0};
    std::uintmax_t bytes = 0;
    nlohmann::json lineage;  // null when it cannot be read; `damage` says why
    std::string damage;
};
// By name and number. Throws nothing for what it cannot read.
std::vector<VersionRecord> list_versions(const ModelVersions& versions);
// Every name promoted under this study's folder.
std::vector<ModelVersions> models_of(const RunFolder& run);

// Which promoted model, and which of its versions, a person means.
struct ModelChoice {
    ModelVersions versions;
    std::optional<int> version;  // named by a path such as models/NAME/2
};
// MODEL: a promoted model's name under runs/, the name or folder of a study with one promoted model, the
// folder models/NAME, or a version's folder. Throws InputError naming what there is.
ModelChoice find_model(const std::string& model);
// That version, else the chosen one, else the current one. Throws InputError when it is not there.
VersionRecord find_version(const ModelChoice& choice, std::optional<int> number = std::nullopt);

}  // namespace o2v::orchestrator
