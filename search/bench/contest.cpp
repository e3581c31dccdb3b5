#include "search/bench/contest.hpp"

#include <algorithm>

#include "search/bench/parallel.hpp"
#include "search/catalog.hpp"
#include "search/study/errors.hpp"

namespace o2v::bench_search {
namespace {

bool exists(const std::string& strategy) {
    const auto& all = search::searchers();
    return std::any_of(all.begin(), all.end(), [&](const auto& entry) { return entry.name == strategy; });
}

std::string refusal(const Landscape& landscape, const std::string& strategy) {
    const StudySpec spec = spec_for(landscape, strategy, 0);
    try {
        search::make_searcher(spec);
        return "";
    } catch (const InputError& error) {
        // A name that is not in the catalog is a mistake of the call and not of this space.
        if (!exists(strategy)) throw;
        return error.what();
    }
}

}  // namespace

std::vector<std::size_t> milestones(std::size_t trials) {
    std::vector<std::size_t> all;
    for (const std::size_t n : {std::size_t{25}, std::size_t{50}, std::size_t{100}})
        if (n < trials) all.push_back(n);
    all.push_back(trials);
    return all;
}

std::vector<Entrant> contest(const Landscapes& landscapes, const ContestOptions& options,
                             const std::function<void(std::size_t, std::size_t)>& progress) {
    std::vector<Entrant> entrants;
    std::vector<std::pair<std::size_t, std::size_t>> work;  // entrant, seed
    for (std::size_t l = 0; l < landscapes.size(); ++l) {
        for (std::size_t s = 0; s < options.strategies.size(); ++s) {
            Entrant entrant{s, l, refusal(*landscapes[l], options.strategies[s]), {}};
            if (entrant.refusal.empty()) entrant.plays.resize(options.seeds);
            for (std::size_t seed = 0; seed < entrant.plays.size(); ++seed)
                work.emplace_back(entrants.size(), seed);
            entrants.push_back(std::move(entrant));
        }
    }
    in_parallel(
        work.size(), options.jobs,
        [&](std::size_t i) {
            const auto [e, seed] = work[i];
            Entrant& entrant = entrants[e];
            entrant.plays[seed] = play(*landscapes[entrant.landscape], options.strategies[entrant.strategy],
                                       options.first_seed + seed, options.trials);
        },
        [&](std::size_t finished) { progress(finished, work.size()); });
    return entrants;
}

}  // namespace o2v::bench_search
