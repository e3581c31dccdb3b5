#include "experiments/prepare/output_folder.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "model/data/dataset.hpp"
#include "search/study/errors.hpp"

namespace o2v::prepare {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kStampName = "prepared.json";

// The stamp of an earlier run; null when there is none or it is not ours.
json read_stamp(const fs::path& folder) {
    std::ifstream in(folder / kStampName);
    if (!in) return nullptr;
    json stamp = json::parse(in, nullptr, false);
    const bool ours = stamp.is_object() && stamp.contains("recipe") && stamp["recipe"].is_object() &&
                      stamp.contains("files") && stamp["files"].is_array();
    if (!ours) return nullptr;
    for (const json& file : stamp["files"]) {
        if (!file.is_object() || !file.contains("name") || !file["name"].is_string() ||
            !file.contains("rows") || !file["rows"].is_number_integer() || !file.contains("bytes") ||
            !file["bytes"].is_number_unsigned()) {
            return nullptr;
        }
    }
    return stamp;
}

void refuse_foreign_files(const fs::path& target) {
    if (!fs::exists(target)) return;
    const std::string where = target.string();
    if (!fs::is_directory(target))
        throw InputError(where, "", "is not a folder; move it away or choose another --out");
    const json stamp = read_stamp(target);
    for (const fs::directory_entry& entry : fs::directory_iterator(target)) {
        const std::string name = entry.path().filename().string();
        bool ours = stamp.is_object() && name == kStampName;
        if (stamp.is_object()) {
            for (const json& file : stamp["files"]) ours = ours || file["name"] == name;
        }
        if (!ours) {
            throw InputError(
                where, name,
                "was not written by o2v-prepare and would be lost; move it away or choose another --out");
        }
    }
}

// Folders "<target>.partial-<pid>" of runs that are no longer alive.
void remove_leftovers(const fs::path& target) {
    const std::string prefix = target.filename().string() + ".partial-";
    std::vector<fs::path> dead;
    for (const fs::directory_entry& entry : fs::directory_iterator(target.parent_path())) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix)) continue;
        const std::string digits = name.substr(prefix.size());
        if (digits.empty() || digits.size() > 9 ||
            digits.find_first_not_of("0123456789") != std::string::npos)
            continue;
        const bool alive = kill(static_cast<pid_t>(std::stol(digits)), 0) == 0 || errno != ESRCH;
        if (!alive) dead.push_back(entry.path());
    }
    for (const fs::path& path : dead) fs::remove_all(path);
}

// `from` becomes `to` in one step; what was at `to` is removed afterwards.
void exchange(const fs::path& from, const fs::path& to) {
    if (!fs::exists(to)) {
        fs::rename(from, to);
        return;
    }
    if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) {
        fs::remove_all(from);
        return;
    }
    // A file system without the exchange: two steps, between which the target is absent but nothing is
    // half-written.
    const fs::path old = from.string() + ".old";
    fs::rename(to, old);
    fs::rename(from, to);
    fs::remove_all(old);
}

}  // namespace

Recipe recipe_of(const std::vector<std::string>& source_files, Recipe options) {
    Recipe recipe = std::move(options);
    recipe["format"] = std::to_string(kFormatVersion);
    for (const std::string& path : source_files) {
        recipe["source " + fs::path(path).filename().string()] = data::file_hash(path);
    }
    return recipe;
}

std::optional<PreparedFolder> find_up_to_date(const fs::path& folder, const Recipe& recipe) {
    const json stamp = read_stamp(folder);
    if (!stamp.is_object() || stamp["recipe"] != json(recipe)) return std::nullopt;
    PreparedFolder found{folder.string(), {}, true};
    for (const json& file : stamp["files"]) {
        found.files.push_back({file["name"].get<std::string>(), file["rows"].get<std::int64_t>(),
                               file["bytes"].get<std::uintmax_t>()});
        std::error_code error;
        if (fs::file_size(folder / found.files.back().name, error) != found.files.back().bytes || error) {
            return std::nullopt;
        }
    }
    return found;
}

OutputFolder::OutputFolder(const fs::path& target, Recipe recipe)
    : shown_(target.string()), target_(fs::absolute(target).lexically_normal()), recipe_(std::move(recipe)) {
    if (!target_.has_filename()) target_ = target_.parent_path();
    partial_ = target_.string() + ".partial-" + std::to_string(getpid());
    refuse_foreign_files(target_);
    try {
        fs::create_directories(target_.parent_path());
        remove_leftovers(target_);
        fs::create_directory(partial_);
    } catch (const fs::filesystem_error& error) {
        throw StorageError(target_.string() + ": cannot be written: " + error.code().message());
    }
}

OutputFolder::~OutputFolder() {
    std::error_code ignored;
    if (!partial_.empty()) fs::remove_all(partial_, ignored);
}

void OutputFolder::File::row(std::string_view text) {
    out_ << text << '\n';
    ++rows_;
}

OutputFolder::File& OutputFolder::open(const std::string& name) {
    File& file = files_.emplace_back();
    file.name_ = name;
    file.out_.open(partial_ / name, std::ios::binary);
    if (!file.out_)
        throw StorageError((target_ / name).string() + ": cannot be written: " + std::strerror(errno));
    return file;
}

PreparedFolder OutputFolder::publish() {
    PreparedFolder result{shown_, {}, false};
    json stamp{{"made by", "o2v-prepare; delete the whole folder to have it made again"},
               {"recipe", recipe_},
               {"files", json::array()}};
    for (File& file : files_) {
        file.out_.close();
        if (!file.out_) throw StorageError((target_ / file.name_).string() + ": writing failed (disk full?)");
        result.files.push_back({file.name_, file.rows_, fs::file_size(partial_ / file.name_)});
        stamp["files"].push_back(
            {{"name", file.name_}, {"rows", file.rows_}, {"bytes", result.files.back().bytes}});
    }
    std::ofstream out(partial_ / kStampName);
    out << stamp.dump(2) << '\n';
    out.close();
    if (!out) throw StorageError((target_ / kStampName).string() + ": writing failed (disk full?)");
    try {
        exchange(partial_, target_);
    } catch (const fs::filesystem_error& error) {
        throw StorageError(target_.string() + ": cannot be replaced: " + error.code().message());
    }
    partial_.clear();
    return result;
}

}  // namespace o2v::prepare
