#include "search/catalog.hpp"

#include <algorithm>

#include "search/grid.hpp"
#include "search/median_pruner.hpp"
#include "search/no_pruner.hpp"
#include "search/random.hpp"
#include "search/sobol.hpp"
#include "search/study/errors.hpp"

namespace o2v::search {
namespace {

using SearcherPointer = std::unique_ptr<Searcher>;
using PrunerPointer = std::unique_ptr<Pruner>;

struct SearcherRow {
    CatalogEntry entry;
    SearcherPointer (*make)(const SearchOptions&, const SearchSpace&);
};

struct PrunerRow {
    CatalogEntry entry;
    PrunerPointer (*make)(const PrunerOptions&);
};

const std::vector<SearcherRow>& searcher_table() {
    static const std::vector<SearcherRow> table{
        {{"random", "independent draws, uniform on each parameter's scale"},
         [](const SearchOptions&, const SearchSpace&) -> SearcherPointer {
             return std::make_unique<RandomSearcher>();
         }},
        {{"grid", "every combination of evenly placed values (grid_points of a number)"},
         [](const SearchOptions& options, const SearchSpace& space) -> SearcherPointer {
             return std::make_unique<GridSearcher>(options.grid_points, space);
         }},
        {{"sobol", "a scrambled Sobol sequence: more even than random, up to 64 parameters"},
         [](const SearchOptions& options, const SearchSpace& space) -> SearcherPointer {
             return std::make_unique<SobolSearcher>(options.seed, space);
         }},
    };
    return table;
}

const std::vector<PrunerRow>& pruner_table() {
    static const std::vector<PrunerRow> table{
        {{"none", "every trial goes on to its end"},
         [](const PrunerOptions&) -> PrunerPointer { return std::make_unique<NoPruner>(); }},
        {{"median",
          "stops a trial whose best value is worse than the median of earlier trials' running means"},
         [](const PrunerOptions& options) -> PrunerPointer {
             return std::make_unique<MedianPruner>(options);
         }},
    };
    return table;
}

template <class Row>
std::vector<CatalogEntry> entries_of(const std::vector<Row>& table) {
    std::vector<CatalogEntry> entries;
    for (const Row& row : table) entries.push_back(row.entry);
    return entries;
}

template <class Row>
const Row& row_named(const std::vector<Row>& table, const std::string& name, const char* field,
                     const char* noun) {
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const Row& row) { return row.entry.name == name; });
    if (found != table.end()) return *found;
    std::vector<std::string> names;
    std::string known;
    for (const Row& row : table) {
        names.push_back(row.entry.name);
        known += (known.empty() ? "" : ", ") + row.entry.name;
    }
    const std::string nearest = nearest_name(name, names);
    throw InputError(field, '"' + name + '"',
                     std::string("is not a ") + noun +
                         (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?") +
                         " (there are: " + known + ")");
}

}  // namespace

const std::vector<CatalogEntry>& searchers() {
    static const std::vector<CatalogEntry> entries = entries_of(searcher_table());
    return entries;
}

const std::vector<CatalogEntry>& pruners() {
    static const std::vector<CatalogEntry> entries = entries_of(pruner_table());
    return entries;
}

std::unique_ptr<Searcher> make_searcher(const SearchOptions& options, const SearchSpace& space) {
    return row_named(searcher_table(), options.strategy, "/search/strategy", "search strategy")
        .make(options, space);
}

std::unique_ptr<Pruner> make_pruner(const PrunerOptions& options) {
    return row_named(pruner_table(), options.type, "/pruner/type", "pruner").make(options);
}

}  // namespace o2v::search
