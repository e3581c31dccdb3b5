// Studies on learning curves: slots, pausing and promotion, against counts by hand.
#include "search/bench/simulation.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "search/bench/curve_contest.hpp"
#include "search/catalog.hpp"
#include "tests/search/bench/table_folder.hpp"

namespace o2v::bench_search {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Proposes x = 0, 1, 2, ... and notes how far the study was.
class InOrder final : public search::Searcher {
  public:
    std::optional<search::Suggestion> suggest(const Study& study, Rng&) const override {
        const auto next = static_cast<double>(study.trials().size());
        if (!study.spec().space.contains({{"x", next}})) return std::nullopt;
        return search::Suggestion{{{"x", next}}, ""};
    }
};

// Pauses every trial after its first epoch, and promotes the best paused one once `wait` are paused.
class Halving final : public search::Pruner {
  public:
    explicit Halving(std::size_t wait) : wait_(wait) {}
    search::Verdict judge(const Trial& trial, const Study&) const override {
        if (trial.curve.size() != 1) return {};
        return {search::Verdict::Kind::pause, "first rung"};
    }
    std::optional<TrialId> promote(const Study& study) const override {
        if (study.count(TrialState::paused) < wait_) return std::nullopt;
        const Trial* best = nullptr;
        for (const Trial& trial : study.trials())
            if (trial.state() == TrialState::paused &&
                (!best || *trial.value(study.spec().goal) < *best->value(study.spec().goal)))
                best = &trial;
        return best->id;
    }

  private:
    std::size_t wait_;
};

class SimulationTest : public TableFolder {
  protected:
    CurveTable table(const std::string& text) const {
        return CurveTable(gzip("curves/t.tsv.gz", text), "t", "curves");
    }
    static Simulated in_order(const CurveTable& table, std::size_t slots, const search::Pruner& pruner) {
        SimulationOptions options;
        options.slots = slots;
        return simulate(table, options, 0, InOrder(), pruner);
    }
    static const search::Pruner& none() {
        static const StudySpec spec;
        static const auto pruner = search::make_pruner(spec);
        return *pruner;
    }
};

constexpr const char* kHead = "x\tvalid_loss_0\tvalid_loss_1\tvalid_loss_2\n";
const std::string kFour = std::string(kHead) + "0\t9\t8\t7\n1\t6\t2\t4\n2\t5\t4\t2\n3\t8\t8\t8\n";

// The best final loss is 2. One slot: trial 1 shows 2 in the fifth epoch, trial 2 ends with it after nine.
TEST_F(SimulationTest, OneSlotTrainsOneTrialAfterTheOther) {
    const Simulated result = in_order(table(kFour), 1, none());
    EXPECT_EQ(result.until_any, 5);
    EXPECT_EQ(result.until_final, 9);
    EXPECT_EQ(result.epochs, 9);
    EXPECT_EQ(result.trials, 3u);
    EXPECT_EQ(result.completed, 3u);
}

// Four slots: each round of four epochs asks slots 0 to 3 in turn. Trial 1's second epoch is the sixth of
// all, trial 2's third the eleventh; slots 0 and 1 have become free and found no fifth row.
TEST_F(SimulationTest, SlotsTakeTurns) {
    const Simulated result = in_order(table(kFour), 4, none());
    EXPECT_EQ(result.until_any, 6);
    EXPECT_EQ(result.until_final, 11);
    EXPECT_EQ(result.trials, 4u);
}

// One slot, promotion once all four are paused: four first epochs, then trial 2 (5) goes on to 4 and 2.
TEST_F(SimulationTest, APausedTrialGoesOnWhereItWas) {
    const Simulated result = in_order(table(kFour), 1, Halving(4));
    EXPECT_EQ(result.until_any, 6);
    EXPECT_EQ(result.until_final, 6);
    EXPECT_EQ(result.trials, 4u);
    EXPECT_EQ(result.completed, 1u);
}

// As soon as two are paused the better one goes on, before any new trial: 9 | 6 | then trial 1 to 2 and 4.
TEST_F(SimulationTest, APromotedTrialGoesBeforeANewOne) {
    const Simulated result = in_order(table(kFour), 1, Halving(2));
    EXPECT_EQ(result.until_any, 3);
}

// Trials 1 and 2 never leave the first rung: what is never found is absent.
TEST_F(SimulationTest, WhatIsNotFoundIsAbsent) {
    const Simulated result = in_order(table(kFour), 2, Halving(5));
    EXPECT_EQ(result.until_any, std::nullopt);
    EXPECT_EQ(result.until_final, std::nullopt);
    EXPECT_EQ(result.epochs, 4);
}

// The first trial ends at its NaN, after two epochs.
TEST_F(SimulationTest, ADivergedTrialEndsAtOnce) {
    const Simulated result = in_order(table(std::string(kHead) + "0\t9\tnan\tnan\n1\t3\t2\t1\n"), 1, none());
    EXPECT_EQ(result.until_any, 5);
    EXPECT_EQ(result.completed, 1u);
}

TEST_F(SimulationTest, WithinIsAShareOfTheBest) {
    const CurveTable near = table(std::string(kHead) + "0\t9\t9\t2.02\n1\t9\t9\t2.0\n");
    EXPECT_EQ(in_order(near, 1, none()).until_final, 3);
    const CurveTable far = table(std::string(kHead) + "0\t9\t9\t2.021\n1\t9\t9\t2.0\n");
    EXPECT_EQ(in_order(far, 1, none()).until_final, 6);
}

TEST_F(SimulationTest, IsAFunctionOfItsSeed) {
    std::string text = kHead;
    for (int x = 0; x < 50; ++x)
        text += std::to_string(x) + "\t9\t" + std::to_string((x * 7) % 50 + 5) + "\t" +
                std::to_string((x * 7) % 50 + 1) + "\n";
    const CurveTable fifty = table(text);
    SimulationOptions options;
    options.strategy = "random";
    options.pruner.type = "median";
    std::vector<std::int64_t> epochs;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const Simulated once = simulate(fifty, options, seed);
        EXPECT_EQ(once.epochs, simulate(fifty, options, seed).epochs);
        EXPECT_EQ(once.trials, simulate(fifty, options, seed).trials);
        epochs.push_back(once.epochs);
    }
    EXPECT_THAT(epochs, testing::Contains(testing::Ne(epochs[0])));
    options.pruner.type = "medain";
    EXPECT_THAT(refusal([&] { simulate(fifty, options, 0); }), HasSubstr("did you mean \"median\""));
}

TEST_F(SimulationTest, EffortsCompareWithTheMedianOfRandomSearch) {
    const Effort effort{{50, INFINITY, 200}, 100};
    EXPECT_EQ(effort.median_epochs(), 200);
    EXPECT_THAT(effort.times_fewer(), ElementsAre(2, 0, 0.5));
    EXPECT_THAT((Effort{{50, INFINITY}, INFINITY}.times_fewer()), ElementsAre(INFINITY, 1));
}

// Random search against itself, seed by seed: by the median neither better nor worse.
TEST_F(SimulationTest, AContestIsReportedAsTextAndJson) {
    gzip("curves/t.tsv.gz", kFour);
    const CurveTables tables = load_curve_tables({}, folder_.string());
    CurveContestOptions options;
    options.strategies = {"random"};
    options.seeds = options.reference_seeds = 5;
    std::size_t calls = 0;
    const auto rows = curve_contest(tables, options, [&](std::size_t, std::size_t all) {
        ++calls;
        EXPECT_EQ(all, 10u);
    });
    EXPECT_EQ(calls, 10u);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].any.median_epochs(), rows[0].any.reference);
    EXPECT_EQ(times_fewer(rows, "random", &CurveScore::any), 1);
    EXPECT_THAT(text_of(rows, options), HasSubstr("1.00x"));
    const auto json = nlohmann::json::parse(json_of(rows, options));
    EXPECT_EQ(json["rows"][0]["any_epoch"]["epochs"].size(), 5u);
    EXPECT_EQ(json["times_fewer"]["random"]["last_epoch"], 1);
}

}  // namespace
}  // namespace o2v::bench_search
