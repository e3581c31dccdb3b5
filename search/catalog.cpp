#include "search/catalog.hpp"
#include "search/bayesian.hpp"

#include <algorithm>

#include "search/asha.hpp"
#include "search/cmaes.hpp"
#include "search/gp.hpp"
#include "search/grid.hpp"
#include "search/hyperband.hpp"
#include "search/median_pruner.hpp"
#include "search/no_pruner.hpp"
#include "search/patience_pruner.hpp"
#include "search/pbt.hpp"
#include "search/percentile_pruner.hpp"
#include "search/queue_first.hpp"
#include "search/random.hpp"
#include "search/repeat_each.hpp"
#include "search/sobol.hpp"
#include "search/study/errors.hpp"
#include "search/tpe.hpp"

namespace o2v::search {
namespace {

using SearcherPointer = std::unique_ptr<Searcher>;
using PrunerPointer = std::unique_ptr<Pruner>;

struct SearcherRow {
    CatalogEntry entry;
    SearcherPointer (*make)(const StudySpec&);
};

struct PrunerRow {
    CatalogEntry entry;
    PrunerPointer (*make)(const StudySpec&);
};

const std::vector<SearcherRow>& searcher_table() {
    static const std::vector<SearcherRow> table{
        {{"random", "independent draws, uniform on each parameter's scale"},
         [](const StudySpec&) -> SearcherPointer { return std::make_unique<RandomSearcher>(); }},
        {{"grid", "every combination of evenly placed values (grid_points of a number)"},
         [](const StudySpec& spec) -> SearcherPointer {
             return std::make_unique<GridSearcher>(spec.search.grid_points, spec.space);
         }},
        {{"bayesian",
          "the automatic choice: gp and tpe by the size of the space and the study, and says which"},
         [](const StudySpec& spec) -> SearcherPointer { return std::make_unique<BayesianSearcher>(spec); }},
        {{"gp", "Bayesian optimization with a Gaussian process, for at most some hundred trials"},
         [](const StudySpec& spec) -> SearcherPointer { return std::make_unique<GpSearcher>(spec); }},
        {{"sobol", "a scrambled Sobol sequence: more even than random, up to 64 parameters"},
         [](const StudySpec& spec) -> SearcherPointer {
             return std::make_unique<SobolSearcher>(spec.search.seed, spec.space);
         }},
        {{"tpe", "tree-structured Parzen estimator: likely among the good trials, unlikely among the others"},
         [](const StudySpec& spec) -> SearcherPointer { return std::make_unique<TpeSearcher>(spec); }},
        {{"cmaes", "CMA-ES with margin: adapts a normal distribution; for many trials on numbers, one goal"},
         [](const StudySpec& spec) -> SearcherPointer { return std::make_unique<CmaesSearcher>(spec); }},
        {{"pbt", "population-based training: the worst go on from the best with changed hyperparameters"},
         [](const StudySpec& spec) -> SearcherPointer { return std::make_unique<PbtSearcher>(spec); }},
    };
    return table;
}

const std::vector<PrunerRow>& pruner_table() {
    static const std::vector<PrunerRow> table{
        {{"none", "every trial goes on to its end"},
         [](const StudySpec&) -> PrunerPointer { return std::make_unique<NoPruner>(); }},
        {{"median",
          "stops a trial whose best value is worse than the median of earlier trials' running means"},
         [](const StudySpec& spec) -> PrunerPointer { return std::make_unique<MedianPruner>(spec.pruner); }},
        {{"percentile", "the same with the best so many percent of them instead of half"},
         [](const StudySpec& spec) -> PrunerPointer {
             return std::make_unique<PercentilePruner>(spec.pruner);
         }},
        {{"patience", "stops a trial that has not improved for so many epochs"},
         [](const StudySpec& spec) -> PrunerPointer {
             return std::make_unique<PatiencePruner>(spec.pruner);
         }},
        {{"asha", "pauses (or stops) trials at rungs of epochs; the best of each go on to the next"},
         [](const StudySpec& spec) -> PrunerPointer { return std::make_unique<AshaPruner>(spec.pruner); }},
        {{"hyperband", "several brackets of asha that differ in their lowest rung"},
         [](const StudySpec& spec) -> PrunerPointer { return std::make_unique<HyperbandPruner>(spec); }},
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

std::unique_ptr<Searcher> make_searcher(const StudySpec& spec) {
    auto strategy =
        row_named(searcher_table(), spec.search.strategy, "/search/strategy", "search strategy").make(spec);
    return std::make_unique<RepeatEach>(std::make_unique<QueueFirst>(std::move(strategy), spec), spec);
}

std::unique_ptr<Pruner> make_pruner(const StudySpec& spec) {
    if (spec.search.strategy == "pbt") {
        if (spec.pruner.type != "none")
            throw InputError("/pruner/type", '"' + spec.pruner.type + '"',
                             "must be \"none\" with population-based training, which decides itself");
        return std::make_unique<PbtPruner>(spec);
    }
    return row_named(pruner_table(), spec.pruner.type, "/pruner/type", "pruner").make(spec);
}

}  // namespace o2v::search
