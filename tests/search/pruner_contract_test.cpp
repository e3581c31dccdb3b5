// What every pruner of the catalog must do, whatever it is.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "search/catalog.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Kind = Verdict::Kind;

class PrunerContract : public ::testing::TestWithParam<std::string> {
  protected:
    static PrunerOptions options(int startup, int warmup) {
        PrunerOptions options;
        options.type = GetParam();
        options.startup_trials = startup;
        options.warmup_epochs = warmup;
        return options;
    }
    static std::unique_ptr<Pruner> make(const PrunerOptions& options) {
        StudySpec spec = spec_of(SearchSpace());
        spec.pruner = options;
        return make_pruner(spec);
    }

    // Plays `trials` trials of six epochs on noisy curves, pruned as the pruner says. Returns a line a
    // verdict. `sign` -1 turns the curves upside down.
    static std::vector<std::string> play(const PrunerOptions& options, int trials, Direction direction,
                                         double sign) {
        Study study(spec_of(SearchSpace(), direction));
        const auto pruner = make(options);
        Rng rng(11);
        std::vector<std::string> lines;
        for (int i = 0; i < trials; ++i) {
            const TrialId id = run(study, {});
            const double level = uniform01(rng);
            for (std::int64_t epoch = 0; epoch < 6; ++epoch) {
                const double value = level + 1.0 / static_cast<double>(epoch + 1) + 0.2 * uniform01(rng);
                study.apply(Reported{id, 1, measured(epoch, sign * value)});
                const Verdict verdict = pruner->judge(study.trial(id), study);
                if (verdict.kind == Kind::go_on) continue;
                EXPECT_FALSE(verdict.reason.empty());
                lines.push_back(std::to_string(id) + " at " + std::to_string(epoch));
                study.apply(TrialEnded{id, Pruned{verdict.reason, false}});
                break;
            }
            if (!study.trial(id).ending) complete(study, id, sign * level);
        }
        return lines;
    }
};

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const CatalogEntry& entry : pruners()) all.push_back(entry.name);
    return all;
}

INSTANTIATE_TEST_SUITE_P(Catalog, PrunerContract, ::testing::ValuesIn(names()),
                         [](const auto& tested) { return tested.param; });

TEST_P(PrunerContract, MinimisingAndMaximisingTheNegativeAreTheSame) {
    EXPECT_EQ(play(options(4, 1), 80, Direction::minimize, 1),
              play(options(4, 1), 80, Direction::maximize, -1));
}

TEST_P(PrunerContract, NeverJudgesBeforeStartUpAndWarmUp) {
    EXPECT_TRUE(play(options(80, 0), 80, Direction::minimize, 1).empty()) << "start-up";
    EXPECT_TRUE(play(options(0, 6), 80, Direction::minimize, 1).empty()) << "warm-up";
    for (const std::string& line : play(options(2, 3), 80, Direction::minimize, 1))
        EXPECT_GE(line.back(), '3') << line << " was stopped within the warm-up";
}

TEST_P(PrunerContract, LetsTheFirstTrialLive) {
    Study study(spec_of(SearchSpace()));
    const TrialId id = run(study, {1, 2, 3});
    EXPECT_EQ(make(options(0, 0))->judge(study.trial(id), study).kind, Kind::go_on);
}

TEST_P(PrunerContract, IsAFunctionOfTrialAndStudy) {
    Study study(spec_of(SearchSpace()));
    Study other(spec_of(SearchSpace()));
    for (int i = 0; i < 10; ++i) {
        run_to_end(study, {1.0 + i, 1.0 + i});
        run_to_end(other, {100.0 + i, 100.0 + i});
    }
    const TrialId id = run(study, {50, 50});
    run(other, {50, 50});
    const auto pruner = make(options(1, 0));
    const Verdict first = pruner->judge(study.trial(id), study);
    pruner->judge(other.trial(id), other);
    const Verdict again = pruner->judge(study.trial(id), study);
    const Verdict afresh = make(options(1, 0))->judge(study.trial(id), study);
    const Study copy = study;
    const Verdict of_copy = pruner->judge(copy.trial(id), copy);
    for (const Verdict& verdict : {again, afresh, of_copy}) {
        EXPECT_EQ(verdict.kind, first.kind);
        EXPECT_EQ(verdict.reason, first.reason);
    }
}

TEST_P(PrunerContract, SurvivesValuesThatAreNoNumbers) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double inf = std::numeric_limits<double>::infinity();
    for (const Direction direction : {Direction::minimize, Direction::maximize}) {
        Study study(spec_of(SearchSpace(), direction));
        const auto pruner = make(options(1, 0));
        for (const std::vector<double>& curve : {std::vector{nan, nan, nan},
                                                 {inf, -inf, nan},
                                                 {1, nan, 1},
                                                 {-inf, 2, 2},
                                                 {nan, 1, inf},
                                                 {1e308, 1e308, 0}}) {
            const TrialId id = run(study, curve);
            const Verdict verdict = pruner->judge(study.trial(id), study);
            EXPECT_TRUE(verdict.kind == Kind::go_on || !verdict.reason.empty());
            complete(study, id, curve.back());
        }
        const TrialId silent = run(study, {});
        study.apply(Reported{silent, 1, measured(0, 1, "train:loss")});
        EXPECT_EQ(pruner->judge(study.trial(silent), study).kind, Kind::go_on)
            << "the metric is not reported";
    }
}

TEST_P(PrunerContract, APausedTrialComesBackOnlyIfItExists) {
    Study study(spec_of(SearchSpace()));
    EXPECT_EQ(make(options(0, 0))->promote(study), std::nullopt);
}

}  // namespace
}  // namespace o2v::search
