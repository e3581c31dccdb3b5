#include "search/bench/catalog.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>

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
    std::function<std::unique_ptr<const Landscape>()> load;
};

std::unique_ptr<const Landscape> read_table(const std::string& path, const std::string& name,
                                            const std::string& group) {
    const std::vector<std::string> columns = TextTable(path).names();
    const auto has = [&](const char* prefix) {
        return std::any_of(columns.begin(), columns.end(),
                           [&](const std::string& column) { return column.starts_with(prefix); });
    };
    if (has(kSeedColumn)) return read_grid_table(path, name, group);
    if (has(kEpochColumn)) return std::make_unique<CurveTable>(path, name, group);
    throw InputError(
        path, "",
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
    for (const std::string& name : formula_names())
        all.push_back({name, "formulas", [name] { return formula(name); }});
    if (tables_folder.empty()) return all;
    for (const fs::path& folder : listed(tables_folder)) {
        if (!fs::is_directory(folder)) continue;
        for (const fs::path& file : listed(folder.string())) {
            std::string name = file.filename().string();
            if (!name.ends_with(kEnding)) continue;
            name.resize(name.size() - kEnding.size());
            if (name.starts_with(kTaskSetPrefix)) name.erase(0, kTaskSetPrefix.size());
            const std::string group = folder.filename().string();
            all.push_back({name, group, [=] { return read_table(file.string(), name, group); }});
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

}  // namespace

Landscapes load_landscapes(const std::vector<std::string>& wanted, const std::string& tables_folder) {
    const std::vector<Entry> all = entries(tables_folder);
    std::vector<const Entry*> chosen;
    const auto choose = [&](const Entry& entry) {
        if (std::find(chosen.begin(), chosen.end(), &entry) == chosen.end()) chosen.push_back(&entry);
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
    if (wanted.empty())
        for (const Entry& entry : all) choose(entry);
    Landscapes landscapes;
    for (const Entry* entry : chosen) landscapes.push_back(entry->load());
    return landscapes;
}

}  // namespace o2v::bench_search
