#include <map>
#include <set>

#include "orchestrator/experiment_checks.hpp"

namespace o2v::orchestrator {
namespace {

// The corners of a space and a seeded sample of it, without the forbidden; of an empty space the one
// assignment there is.
std::vector<Assignment> sampled_assignments(const SearchSpace& space) {
    constexpr int kSamples = 200;
    Rng rng(derive_seed(0, 0));
    std::vector<Assignment> assignments;
    for (int i = 0; i < (space.size() == 0 ? 1 : kSamples); ++i) {
        std::vector<double> unit(space.size());
        for (double& u : unit) u = i == 0 ? 0.0 : i == 1 ? 1.0 : uniform01(rng);
        Assignment params = space.decode(unit);
        if (!space.forbids(params)) assignments.push_back(std::move(params));
    }
    return assignments;
}

}  // namespace

void check_combinations(const SearchSpace& space, const Assignment& fixed, const std::string& where,
                        std::vector<Problem>& problems) {
    std::set<std::string> seen;
    for (Assignment params : sampled_assignments(space)) {
        const std::string tried = params.empty() ? "" : " (with " + to_text(params) + ")";
        params.insert(fixed.begin(), fixed.end());
        try {
            model::resolve(params);
        } catch (const InputError& e) {
            for (const Problem& p : e.problems()) {
                if (!seen.insert(p.where + p.value).second) continue;
                problems.push_back({where + "/" + p.where, p.value, p.message + tried});
            }
        }
    }
}

std::vector<Problem> settings_without_effect(const SearchSpace& space, const Assignment& fixed) {
    struct Seen {
        int times_given = 0, times_idle = 0;
        Problem problem;
    };
    std::map<std::string, Seen> seen;
    for (Assignment params : sampled_assignments(space)) {
        params.insert(fixed.begin(), fixed.end());
        for (const auto& [name, value] : params) ++seen[name].times_given;
        std::vector<Problem> idle;
        model::resolve(params, &idle);
        for (Problem& problem : idle) {
            ++seen[problem.where].times_idle;
            seen[problem.where].problem = std::move(problem);
        }
    }
    std::vector<Problem> never;
    for (auto& [name, one] : seen)
        if (one.times_idle == one.times_given) never.push_back(std::move(one.problem));
    return never;
}

}  // namespace o2v::orchestrator
