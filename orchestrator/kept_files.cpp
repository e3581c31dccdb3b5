#include "orchestrator/kept_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>

#include "orchestrator/model_versions.hpp"
#include "reports/leaderboard.hpp"
#include "worker/protocol/trial_files.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTrialPrefix = "trial-";
constexpr std::string_view kModel = "model";
constexpr std::string_view kOutput = "output.log";  // of a command

std::vector<fs::path> entries(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        found.push_back(entry->path());
    return found;
}

bool is_unfinished(const fs::path& path) {
    return path.extension() == ".tmp" || path.extension() == ".former";
}

std::optional<TrialId> trial_of_folder(const fs::path& path) {
    const std::string name = path.filename().string();
    if (!name.starts_with(kTrialPrefix)) return std::nullopt;
    TrialId id = 0;
    const char* const end = name.data() + name.size();
    const auto [at, error] = std::from_chars(name.data() + kTrialPrefix.size(), end, id);
    return error == std::errc() && at == end && id >= 0 ? std::optional(id) : std::nullopt;
}

std::vector<const Trial*> completed_by_rank(const Study& study) {
    std::vector<const Trial*> completed = study.ranking();
    std::erase_if(completed, [](const Trial* t) { return t->state() != TrialState::completed; });
    return completed;
}

bool has_model(const Trial& trial) {
    const auto* done = trial.ending ? std::get_if<Completed>(&*trial.ending) : nullptr;
    return done && !done->model_path.empty();
}

void append(std::vector<std::string>& to, const fs::path& path) {
    to.push_back(path.string());
}

// Where in its trial's folder a model lies: "model", or "attempt-2/model" where each attempt has a folder.
fs::path place_of_model(const Trial& trial, const fs::path& folder) {
    const fs::path path = std::get<Completed>(*trial.ending).model_path;
    const fs::path within = path.lexically_relative(fs::path("checkpoints") / folder.filename());
    return within.empty() || *within.begin() == ".." ? path.filename() : within;
}

// Of a folder all but `kept`, which may lie deeper, and what a trial has printed.
void all_but(const fs::path& kept, const fs::path& folder, std::vector<std::string>& found) {
    for (const fs::path& entry : entries(folder)) {
        const bool is_kept = entry == kept || entry.filename() == kOutput;
        const bool holds_kept = kept.string().starts_with(entry.string() + '/');
        if (holds_kept)
            all_but(kept, entry, found);
        else if (!is_kept || is_unfinished(entry))
            append(found, entry);
    }
}

// In the folder of a trial that has ended: all but its model, when that is kept, and what it has printed,
// when it has failed or its model is kept.
void removable_of_ended(const Trial& trial, bool model_is_kept, const fs::path& folder,
                        std::vector<std::string>& found) {
    if (!model_is_kept && !(trial.state() == TrialState::failed && fs::exists(folder / kOutput)))
        return append(found, folder);
    all_but(model_is_kept ? folder / place_of_model(trial, folder) : fs::path(), folder, found);
}

std::uintmax_t bytes_of(const std::string& file) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    return error ? 0 : size;
}

}  // namespace

std::set<TrialId> trials_with_kept_models(const Study& study) {
    std::set<TrialId> kept;
    for (const Trial* trial : completed_by_rank(study)) {
        if (kept.size() == kModelsKept) break;
        kept.insert(trial->id);
    }
    if (!study.spec().more_goals.empty())
        kept.insert(study.pareto_front().begin(), study.pareto_front().end());
    return kept;
}

void tidy_up(const RunFolder& folder, const Study& study, TrialId ended) {
    std::vector<std::string> rest;
    const bool model = has_model(study.trial(ended));
    removable_of_ended(study.trial(ended), model, folder.trial(ended), rest);
    if (model && !study.spec().more_goals.empty()) {
        // It may have pushed any number of trials off the front.
        const std::set<TrialId> kept = trials_with_kept_models(study);
        for (const fs::path& entry : entries(folder.path() + "/checkpoints"))
            if (const auto id = trial_of_folder(entry);
                id && *id < std::ssize(study.trials()) && has_model(study.trial(*id)) && !kept.contains(*id))
                append(rest, entry);
    } else if (model) {
        // One model more than before: at most one trial falls out of the best, or this one never was among
        // them.
        const std::vector<const Trial*> completed = completed_by_rank(study);
        for (std::size_t i = kModelsKept; i < completed.size(); ++i)
            if (i == kModelsKept || completed[i]->id == ended) rest.push_back(folder.trial(completed[i]->id));
    }
    for (const std::string& path : rest) protocol::clear_away(path);
}

std::vector<std::string> removable(const RunFolder& folder, const Study& study) {
    const std::set<TrialId> best = trials_with_kept_models(study);
    std::vector<std::string> found;
    for (const fs::path& entry : entries(folder.path() + "/checkpoints")) {
        const std::optional<TrialId> id = trial_of_folder(entry);
        if (!id) continue;
        const Trial* trial = *id < std::ssize(study.trials()) ? &study.trial(*id) : nullptr;
        if (!trial) {
            append(found, entry);
        } else if (!trial->ending) {  // its model may be that of an end which is not told yet
            for (const fs::path& file : entries(entry))
                if (is_unfinished(file)) append(found, file);
        } else {
            removable_of_ended(*trial, best.contains(*id) && has_model(*trial), entry, found);
        }
    }
    for (const fs::path& name : entries(folder.models()))
        for (const fs::path& version : entries(name))
            if (is_unfinished(version)) append(found, version);
    std::sort(found.begin(), found.end());
    return found;
}

void collect(const RunFolder& folder, const Study& study) {
    std::error_code ignored;
    // What is being promoted at this moment is left to whom promotes it.
    std::vector<std::unique_ptr<ModelLock>> locks;
    std::set<fs::path> in_use;
    for (const fs::path& name : entries(folder.models())) {
        auto lock = ModelLock::if_free(ModelVersions(name.string()));
        if (lock)
            locks.push_back(std::move(lock));
        else
            in_use.insert(name);
    }
    for (const std::string& path : removable(folder, study))
        if (!in_use.contains(fs::path(path).parent_path())) fs::remove_all(path, ignored);
    for (const fs::path& log : entries(folder.logs()))
        if (log.filename().string().starts_with("worker-") && log.extension() == ".log" &&
            bytes_of(log.string()) > kMostLogBytes)
            fs::rename(log, log.string() + ".1", ignored);
}

std::uintmax_t bytes_below(const std::string& folder) {
    std::uintmax_t bytes = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code vanished;
        if (!entry->is_regular_file(vanished)) continue;
        const std::uintmax_t size = entry->file_size(vanished);
        if (!vanished) bytes += size;
    }
    return bytes;
}

DiskUse disk_use(const RunFolder& folder) {
    DiskUse use;
    for (const fs::path& trial : entries(folder.path() + "/checkpoints")) {
        std::uintmax_t model = bytes_below((trial / kModel).string());
        for (const fs::path& attempt : entries(trial)) model += bytes_below((attempt / kModel).string());
        use.models += model;
        use.checkpoints += bytes_below(trial.string()) - model;
    }
    use.models += bytes_below(folder.models());
    use.checkpoints += bytes_below(folder.refits());
    use.logs = bytes_below(folder.logs());
    for (const char* suffix : {"", "-wal", "-shm"}) use.database += bytes_of(folder.database() + suffix);
    return use;
}

std::string to_text(const DiskUse& use) {
    const auto bytes_text = [](std::uintmax_t bytes) {
        return reports::bytes_text(static_cast<std::int64_t>(bytes));
    };
    return fmt::format("{} (checkpoints {}, models {}, logs {}, database {})", bytes_text(use.total()),
                       bytes_text(use.checkpoints), bytes_text(use.models), bytes_text(use.logs),
                       bytes_text(use.database));
}

}  // namespace o2v::orchestrator
