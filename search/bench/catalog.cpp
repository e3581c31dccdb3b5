#include "search/bench/catalog.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "search/bench/curve_table.hpp"
#include "search/bench/formulas.hpp"
#include "search/bench/grid_table.hpp"
#include "search/bench/text_table.hpp"
#include "search/study/errors.hpp"

namespace o2v::bench_search {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".tsv.gz";
constexpr std::string_view kTaskSetPrefix = "FixedTextRNNClassification_";

struct Entry {
    std::string name, group;
    std::string path;  // of the table; empty for a formula
};

bool has_columns(const std::string& path, const char* prefix) {
    const std::vector<std::string> columns = TextTable(path).names();
    return std::any_of(columns.begin(), columns.end(),
                       [&](const std::string& column) { return column.starts_with(prefix); });
}

std::unique_ptr<const CurveTable> read_curves(const Entry& entry) {
    return std::make_unique<CurveTable>(entry.path, entry.name, entry.group);
}

std::unique_ptr<const Landscape> load(const Entry& entry) {
    if (entry.path.empty()) return formula(entry.name);
    if (has_columns(entry.path, kSeedColumn)) return read_grid_table(entry.path, entry.name, entry.group);
    if (has_columns(entry.path, kEpochColumn)) return read_curves(entry);
    throw InputError(
        entry.path, "",
        std::string("has neither columns ") + kSeedColumn + "0, ... nor " + kEpochColumn + "0, ...");
}

std::vector<fs::path> listed(const std::string& folder) {
    std::error_code error;
    std::vector<fs::path> paths;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        paths.push_back(at->path());
    if (error) throw InputError(folder, "", "is not a folder that can be read");
    std::sort(paths.begin(), paths.end());
    return paths;
}

std::vector<Entry> entries(const std::string& tables_folder) {
    std::vector<Entry> all;
    for (const auto& [name, group] : formula_names()) all.push_back({name, group, ""});
    if (tables_folder.empty()) return all;
    for (const fs::path& folder : listed(tables_folder)) {
        if (!fs::is_directory(folder)) continue;
        for (const fs::path& file : listed(folder.string())) {
            std::string name = file.filename().string();
            if (!name.ends_with(kEnding)) continue;
            name.resize(name.size() - kEnding.size());
            if (name.starts_with(kTaskSetPrefix)) name.erase(0, kTaskSetPrefix.size());
            all.push_back({name, folder.filename().string(), file.string()});
        }
    }
    return all;
}

[[noreturn]] void unknown(const std::string& name, const std::vector<Entry>& all, bool tables) {
    std::vector<std::string> names;
    for (const Entry& entry : all) {
        names.push_back(entry.name);
        if (std::find(names.begin(), names.end(), entry.group) == names.end()) names.push_back(entry.group);
    }
    std::string known;
    for (const std::string& one : names) known += (known.empty() ? "" : ", ") + one;
    const std::string nearest = nearest_name(name, names);
    throw InputError("--problems", '"' + name + '"',
                     "is not a problem" + (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?") +
                         " (there are: " + known + (tables ? ")" : "; more with --tables)"));
}

// Those named, in the order of the names, none twice; all but kCostGroup's when there are no names.
std::vector<Entry> chosen(const std::vector<std::string>& wanted, const std::string& tables_folder) {
    std::vector<Entry> all = entries(tables_folder);
    if (wanted.empty()) {
        std::erase_if(all, [](const Entry& entry) { return entry.group == kCostGroup; });
        return all;
    }
    std::vector<Entry> some;
    const auto choose = [&](const Entry& entry) {
        const bool there = std::any_of(some.begin(), some.end(), [&](const Entry& other) {
            return other.name == entry.name && other.group == entry.group;
        });
        if (!there) some.push_back(entry);
    };
    for (const std::string& name : wanted) {
        bool found = false;
        for (const Entry& entry : all) {
            if (entry.name != name && entry.group != name) continue;
            choose(entry);
            found = true;
        }
        if (!found) unknown(name, all, !tables_folder.empty());
    }
    return some;
}

}  // namespace

Landscapes load_landscapes(const std::vector<std::string>& wanted, const std::string& tables_folder) {
    Landscapes landscapes;
    for (const Entry& entry : chosen(wanted, tables_folder)) landscapes.push_back(load(entry));
    return landscapes;
}

CurveTables load_curve_tables(const std::vector<std::string>& wanted, const std::string& tables_folder) {
    CurveTables tables;
    for (const Entry& entry : chosen(wanted, tables_folder)) {
        if (!entry.path.empty() && has_columns(entry.path, kEpochColumn))
            tables.push_back(read_curves(entry));
        else if (!wanted.empty())
            throw InputError("--problems", '"' + entry.name + '"', "is no table of learning curves");
    }
    if (tables.empty())
        throw InputError("--tables", '"' + tables_folder + '"', "must hold tables of learning curves");
    return tables;
}

}  // namespace o2v::bench_search
