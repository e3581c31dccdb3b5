#include "search/hyperband.hpp"

#include <gtest/gtest.h>

#include "search/study/errors.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Kind = Verdict::Kind;

StudySpec with_most(std::int64_t max_epochs) {
    StudySpec spec = spec_of(SearchSpace());
    spec.pruner.type = "hyperband";
    spec.pruner.max_epochs = max_epochs;
    return spec;
}

TEST(Hyperband, WeightsAreThePapersNumbersOfTrials) {
    EXPECT_EQ(hyperband_weights(5, 3), (std::vector<std::int64_t>{81, 34, 15, 8, 5}));
    EXPECT_EQ(hyperband_weights(1, 3), (std::vector<std::int64_t>{1}));
}

TEST(Hyperband, TrialsAreSpreadByWeightAndEvenly) {
    const std::vector<std::int64_t> weights = hyperband_weights(4, 3);  // 27, 12, 6, 4
    std::vector<int> counts(weights.size());
    for (TrialId trial = 0; trial < 49 * 20; ++trial) {
        const std::size_t bracket = hyperband_bracket(trial, weights);
        ASSERT_LT(bracket, weights.size());
        ++counts[bracket];
        // A golden-ratio sequence is never far from even.
        if (trial >= 48) {
            EXPECT_NEAR(counts[0], static_cast<double>(trial + 1) * 27 / 49, 3) << trial;
        }
    }
    for (std::size_t b = 0; b < weights.size(); ++b)
        EXPECT_NEAR(counts[b], static_cast<double>(weights[b]) * 20, 3) << b;
}

TEST(Hyperband, EachBracketHasItsOwnLowestRung) {
    const HyperbandPruner hyperband(with_most(9));  // rungs 1, 3; 3; none
    Study study(with_most(9));
    std::vector<int> first_pauses(10);
    for (int i = 0; i < 100; ++i) {
        const TrialId id = run(study, {});
        std::int64_t epoch = 0;
        for (; epoch < 9; ++epoch) {
            study.apply(Reported{id, 1, measured(epoch, i)});  // ever worse
            if (hyperband.judge(study.trial(id), study).kind == Kind::pause) break;
        }
        ++first_pauses[static_cast<std::size_t>(epoch)];
    }
    EXPECT_GT(first_pauses[0], first_pauses[2]);
    EXPECT_GT(first_pauses[2], first_pauses[9]);
    EXPECT_GT(first_pauses[9], 0) << "the last bracket's trials run to their end";
    EXPECT_EQ(first_pauses[0] + first_pauses[2] + first_pauses[9], 100);
}

TEST(Hyperband, DecidesAtTheRungsOfTheTrialsBracket) {
    const StudySpec spec = with_most(9);
    const HyperbandPruner hyperband(spec);
    const std::vector<std::int64_t> weights = hyperband_weights(3, 3);
    for (TrialId id = 0; id < 50; ++id) {
        Trial trial;
        trial.id = id;
        const std::size_t bracket = hyperband_bracket(id, weights);
        for (std::int64_t epoch = 0; epoch < 12; ++epoch)
            EXPECT_EQ(hyperband.decides(trial, epoch, spec),
                      (epoch == 0 && bracket == 0) || (epoch == 2 && bracket <= 1))
                << id << ' ' << epoch;
    }
}

TEST(Hyperband, TheMostEpochsMayComeFromTheFixedOnesOrTheSpace) {
    StudySpec spec = with_most(0);
    spec.fixed["epochs"] = std::int64_t{9};
    EXPECT_NO_THROW(HyperbandPruner{spec});
    StudySpec searched = with_most(0);
    searched.space = SearchSpace({{"epochs", IntDomain{1, 9}, {}}});
    EXPECT_NO_THROW(HyperbandPruner{searched});
}

TEST(Hyperband, RefusesWhatItCannotPlaceRungsFor) {
    const auto place = [](const StudySpec& spec) -> std::string {
        try {
            HyperbandPruner{spec};
            return "none";
        } catch (const InputError& e) {
            return e.problems().front().where;
        }
    };
    EXPECT_EQ(place(with_most(0)), "/pruner/max_epochs");
    EXPECT_EQ(place(with_most(-1)), "/pruner/max_epochs");
    StudySpec spec = with_most(4);
    spec.pruner.min_epochs = 5;
    EXPECT_EQ(place(spec), "/pruner/min_epochs");
    spec = with_most(4);
    spec.pruner.reduction_factor = 1;
    EXPECT_EQ(place(spec), "/pruner/reduction_factor");
}

}  // namespace
}  // namespace o2v::search
