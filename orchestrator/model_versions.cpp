#include "orchestrator/model_versions.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "model/data/durable_file.hpp"
#include "orchestrator/kept_files.hpp"
#include "orchestrator/model_lineage.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kWithdrawn = "withdrawn.json";
constexpr const char* kLock = "/.lock";

std::optional<int> number_of(const std::string& text) {
    int number = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    const bool plain = error == std::errc() && at == end && number > 0 && std::to_string(number) == text;
    return plain ? std::optional(number) : std::nullopt;
}

std::string listed(const std::vector<int>& numbers) {
    std::string text;
    for (const int number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
    return text;
}

std::chrono::seconds age_of(const fs::path& file) {
    std::error_code error;
    const auto written = fs::last_write_time(file, error);
    if (error) return std::chrono::seconds{0};
    const auto age = fs::file_time_type::clock::now() - written;
    return std::max(std::chrono::duration_cast<std::chrono::seconds>(age), std::chrono::seconds{0});
}

VersionRecord record_of(const ModelVersions& versions, int number, const std::optional<int>& current,
                        const std::vector<int>& withdrawn) {
    VersionRecord record;
    record.name = versions.name();
    record.path = versions.version(number);
    record.number = number;
    record.current = current == number;
    record.withdrawn = std::find(withdrawn.begin(), withdrawn.end(), number) != withdrawn.end();
    record.age = age_of(fs::path(record.path) / kLineageFile);
    record.bytes = bytes_below(record.path);
    const RunFolder run(fs::path(versions.folder()).parent_path().parent_path().string());
    if (run.has_study()) record.run = run.path();
    try {
        record.lineage = read_lineage(record.path);
    } catch (const StorageError& e) {
        record.damage = e.what();
    }
    return record;
}

int open_lock(const std::string& path, int flags) {
    return ::open(path.c_str(), O_RDWR | O_CLOEXEC | flags, 0644);
}

}  // namespace

void copy_model(const std::string& from, const std::string& to) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from)) {
        const std::string target = (to / entry.path().filename()).string();
        if (entry.is_directory())
            copy_model(entry.path().string(), target);
        else if (entry.is_regular_file())
            data::copy_durably(entry.path().string(), target);
    }
    data::sync_folder(to);
}

ModelVersions::ModelVersions(std::string folder)
    : folder_(fs::absolute(std::move(folder)).lexically_normal().string()) {
    while (folder_.size() > 1 && folder_.back() == '/') folder_.pop_back();
}

std::string ModelVersions::name() const {
    return fs::path(folder_).filename().string();
}

std::vector<int> ModelVersions::numbers() const {
    std::vector<int> found;
    std::error_code error;
    for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error))
        if (const auto number = number_of(entry->path().filename().string())) found.push_back(*number);
    std::sort(found.begin(), found.end());
    return found;
}

std::optional<int> ModelVersions::current() const {
    std::error_code error;
    const fs::path to = fs::read_symlink(current_link(), error);
    if (error || !fs::is_directory(current_link(), error)) return std::nullopt;
    return number_of(to.filename().string());
}

std::vector<int> ModelVersions::withdrawn() const {
    std::ifstream file(folder_ + '/' + kWithdrawn);
    const Json json = Json::parse(file, nullptr, false);
    std::vector<int> numbers;
    if (json.is_array())
        for (const Json& number : json)
            if (number.is_number_integer()) numbers.push_back(number.get<int>());
    return numbers;
}

void ModelVersions::set_withdrawn(const std::vector<int>& numbers) const {
    if (numbers != withdrawn()) data::write_durably(folder_ + '/' + kWithdrawn, Json(numbers).dump() + '\n');
}

void ModelVersions::set_current(int number) const {
    const std::string aside = current_link() + ".tmp";
    try {
        fs::remove(aside);
        fs::create_directory_symlink(std::to_string(number), aside);
        fs::rename(aside, current_link());
    } catch (const fs::filesystem_error& e) {
        throw storage_error(current_link(), "cannot be moved to version " + std::to_string(number),
                            e.code().value());
    }
    data::sync_folder(folder_);
}

ModelLock::ModelLock(const ModelVersions& versions) {
    std::error_code error;
    fs::create_directories(versions.folder(), error);
    if (error) throw storage_error(versions.folder(), "cannot be created", error.value());
    const std::string path = versions.folder() + kLock;
    file_ = open_lock(path, O_CREAT);
    if (file_ < 0) throw storage_error(path, "cannot be written", errno);
    while (flock(file_, LOCK_EX) != 0) {
        if (errno == EINTR) continue;
        const int why = errno;
        ::close(file_);
        throw storage_error(path, "cannot be locked", why);
    }
}

std::unique_ptr<ModelLock> ModelLock::if_free(const ModelVersions& versions) {
    std::error_code error;
    if (!fs::is_directory(versions.folder(), error)) return nullptr;
    const int file = open_lock(versions.folder() + kLock, O_CREAT);
    if (file < 0) return nullptr;
    if (flock(file, LOCK_EX | LOCK_NB) == 0) return std::unique_ptr<ModelLock>(new ModelLock(file));
    ::close(file);
    return nullptr;
}

ModelLock::~ModelLock() {
    if (file_ >= 0) ::close(file_);
}

RolledBack roll_back(const ModelVersions& versions, std::optional<int> to) {
    const ModelLock lock(versions);
    const std::vector<int> numbers = versions.numbers();
    const std::optional<int> from = versions.current();
    if (!from && !to)
        throw InputError(versions.folder(), "", "has no current version to roll back from; --to names one");
    if (to && std::find(numbers.begin(), numbers.end(), *to) == numbers.end())
        throw InputError("--to", std::to_string(*to),
                         "is no version of " + versions.name() + "; there are " + listed(numbers));
    if (to && to == from)
        throw InputError("--to", std::to_string(*to), "is the current version of " + versions.name());
    if (!to) {
        const auto above = std::lower_bound(numbers.begin(), numbers.end(), *from);
        if (above == numbers.begin())
            throw InputError(versions.folder(), "",
                             "has no version before the current one, " + std::to_string(*from));
        to = *std::prev(above);
    }
    std::vector<int> withdrawn = versions.withdrawn();
    std::erase(withdrawn, *to);
    if (from && *from > *to && std::find(withdrawn.begin(), withdrawn.end(), *from) == withdrawn.end())
        withdrawn.push_back(*from);
    std::sort(withdrawn.begin(), withdrawn.end());
    versions.set_withdrawn(withdrawn);
    versions.set_current(*to);
    return {from.value_or(0), *to};
}

std::vector<VersionRecord> list_versions(const ModelVersions& versions) {
    const std::optional<int> current = versions.current();
    const std::vector<int> withdrawn = versions.withdrawn();
    std::vector<VersionRecord> records;
    for (const int number : versions.numbers())
        records.push_back(record_of(versions, number, current, withdrawn));
    return records;
}

std::vector<ModelVersions> models_of(const RunFolder& run) {
    std::vector<ModelVersions> models;
    std::error_code error;
    for (fs::directory_iterator entry(run.models(), error), end; !error && entry != end;
         entry.increment(error))
        if (ModelVersions versions(entry->path().string()); !versions.numbers().empty())
            models.push_back(std::move(versions));
    std::sort(models.begin(), models.end(),
              [](const ModelVersions& a, const ModelVersions& b) { return a.folder() < b.folder(); });
    return models;
}

ModelChoice find_model(const std::string& model) {
    // A path first: models/NAME, models/NAME/2 or models/NAME/current.
    if (ModelVersions named(model); !named.numbers().empty()) return {std::move(named), std::nullopt};
    std::error_code error;
    if (fs::exists(fs::path(model) / kLineageFile, error)) {
        const fs::path folder = fs::canonical(model);
        if (const auto number = number_of(folder.filename().string()))
            return {ModelVersions(folder.parent_path().string()), number};
    }
    if (RunFolder run(model); run.has_study())
        if (auto models = models_of(run); models.size() == 1)
            return {std::move(models.front()), std::nullopt};
    std::vector<ModelVersions> of_run, found;
    std::vector<std::string> names;
    for (const RunFolder& run : list_runs())
        for (ModelVersions& versions : models_of(run)) {
            names.push_back(versions.name());
            const bool by_run = fs::path(run.path()).filename() == model;
            if (by_run) of_run.push_back(versions);
            if (by_run || versions.name() == model) found.push_back(std::move(versions));
        }
    if (of_run.size() == 1) return {of_run.front(), std::nullopt};
    if (found.size() == 1) return {found.front(), std::nullopt};
    if (!found.empty()) {
        std::string folders;
        for (const ModelVersions& one : found) folders += (folders.empty() ? "" : ", ") + one.folder();
        throw InputError(model, "", "is the name of several promoted models; give one of " + folders);
    }
    const std::string near = nearest_name(model, names);
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? " " : ", ") + name;
    throw InputError(model, "",
                     "is no promoted model" + (near.empty() ? "" : "; did you mean " + near + "?") +
                         (known.empty() ? "; none is promoted under runs/ here" : "; promoted are" + known));
}

VersionRecord find_version(const ModelChoice& choice, std::optional<int> number) {
    const ModelVersions& versions = choice.versions;
    const std::vector<int> numbers = versions.numbers();
    const std::optional<int> current = versions.current();
    if (!number) number = choice.version ? choice.version : current;
    if (!number)
        throw InputError(versions.folder(), "", "has no current version; there are " + listed(numbers));
    if (std::find(numbers.begin(), numbers.end(), *number) == numbers.end())
        throw InputError("version", std::to_string(*number),
                         "is none of " + versions.name() + "; there are " + listed(numbers));
    return record_of(versions, *number, current, versions.withdrawn());
}

}  // namespace o2v::orchestrator
