#include "search/merit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;

void complete_with(Study& study, double value, double size) {
    const TrialId id = run(study, {value});
    study.apply(TrialEnded{id, Completed{{{study.spec().goal.metric, value}, {"size", size}}, 0, ""}});
}

TEST(Merit, RanksEveryKindOfTrial) {
    constexpr double inf = std::numeric_limits<double>::infinity();
    StudySpec spec = spec_of({}, Direction::maximize);
    spec.constraints = {{"size", std::nullopt, 10.0}};
    Study study(spec);
    create(study);                                                      // 0: last of all
    complete_with(study, 5, 12);                                        // 1: infeasible by 2
    complete_with(study, std::nan(""), 1);                              // 2: failed
    study.apply(TrialEnded{run(study, {9, 9}), Pruned{"", false}});     // 3: pruned after 2 epochs
    complete_with(study, -inf, 1);                                      // 4: the worst feasible one
    study.apply(TrialEnded{run(study, {1, 1, 1}), Pruned{"", false}});  // 5: pruned after 3
    complete_with(study, 9, 11);                                        // 6: infeasible by 1
    study.apply(TrialEnded{run(study, {9}), Failure{}});                // 7: failed
    study.apply(Paused{run(study, {2, 2, 2}), ""});                     // 8: as long as 5, and better
    complete_with(study, 1, 1);                                         // 9
    complete_with(study, 2, 1);                                         // 10: the best

    auto seen = observations(study);
    std::stable_sort(seen.begin(), seen.end(),
                     [](const auto& a, const auto& b) { return merit_of(a) < merit_of(b); });
    std::vector<TrialId> order;
    for (const Observation& one : seen) order.push_back(one.trial->id);
    EXPECT_EQ(order, (std::vector<TrialId>{10, 9, 4, 8, 5, 3, 6, 1, 2, 7, 0}));
}

}  // namespace
}  // namespace o2v::search
