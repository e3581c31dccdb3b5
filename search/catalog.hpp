// Every search strategy and pruner there is, in one visible table each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "search/pruner.hpp"
#include "search/searcher.hpp"

namespace o2v::search {

struct CatalogEntry {
    std::string name;     // as written in an experiment file
    std::string summary;  // one line for --help
};

const std::vector<CatalogEntry>& searchers();
const std::vector<CatalogEntry>& pruners();

// Throw InputError for a name that is not in the catalog (with the nearest one) and for a space that the
// strategy cannot search, naming the reason.
// The searcher repeats each configuration as often as the spec says (repeat_each.hpp), and tries first what
// the spec has enqueued, all of which must lie in the space (InputError).
std::unique_ptr<Searcher> make_searcher(const StudySpec& spec);
// With the strategy pbt it is that strategy's other half; another pruner is refused.
std::unique_ptr<Pruner> make_pruner(const StudySpec& spec);

}  // namespace o2v::search
