#include "orchestrator/model_export.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "model/data/durable_file.hpp"
#include "orchestrator/programs.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;

std::vector<ExportedFile> files_below(const fs::path& folder) {
    std::vector<ExportedFile> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            files.push_back({fs::relative(entry.path(), folder).string(), entry.file_size()});
    std::sort(files.begin(), files.end(),
              [](const ExportedFile& a, const ExportedFile& b) { return a.name < b.name; });
    return files;
}

// A folder of its own beside the target, removed at the end.
class Aside {
  public:
    explicit Aside(const fs::path& target) {
        std::string pattern =
            (target.parent_path() / ("." + target.filename().string() + ".XXXXXX")).string();
        if (!mkdtemp(pattern.data())) throw storage_error(pattern, "cannot be created", errno);
        path_ = pattern;
    }
    ~Aside() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

// Without times, owners and the order of a disk, so that equal models give equal archives.
void write_archive(const fs::path& archive, const fs::path& folder, const std::string& member) {
    if (run_to_end({"tar", "-cf", archive.string(), "--format=ustar", "--sort=name", "--mtime=@0",
                    "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX", "-I", "gzip -n", "-C",
                    folder.string(), "--", member}) != 0)
        throw StorageError(archive.string() + ": could not be written; tar says why");
}

}  // namespace

std::vector<ExportedFile> export_version(const VersionRecord& version, ExportForm form,
                                         const std::string& target_path) {
    fs::path target = fs::absolute(target_path).lexically_normal();
    if (!target.has_filename()) target = target.parent_path();
    if (fs::exists(fs::symlink_status(target)))
        throw InputError("--output", target_path, "is there already, and is not written over");
    if (!fs::is_directory(target.parent_path()))
        throw InputError("--output", target_path,
                         "cannot be made: there is no folder " + target.parent_path().string());
    try {
        const Aside aside(target);
        const std::string name = version.name + '-' + std::to_string(version.number);
        const fs::path folder = aside.path() / name;
        copy_model(version.path, folder.string());
        const std::vector<ExportedFile> files = files_below(folder);
        fs::path made = folder;
        if (form != ExportForm::folder) {
            made = aside.path() / "archive.tar.gz";
            if (form == ExportForm::archive)
                write_archive(made, aside.path(), name);
            else
                write_archive(made, folder, ".");
        }
        fs::permissions(made, fs::perms::owner_write, fs::perm_options::add);
        fs::rename(made, target);
        data::sync_folder(target.parent_path().string());
        return files;
    } catch (const fs::filesystem_error& e) {
        throw storage_error(target.string(), "the model cannot be exported", e.code().value());
    }
}

}  // namespace o2v::orchestrator
