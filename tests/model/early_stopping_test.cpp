// The stopping epochs of the published training logs, from their validation losses (spec 7.1 and 7.2).
#include "model/early_stopping.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace o2v::model {
namespace {

// A published log: its settings, its validation losses, and what it says of them.
struct Log {
    const char* name;
    std::int64_t patience;
    std::vector<double> losses;
    std::int64_t best_epoch;
};

const std::vector<Log>& logs() {
    static const std::vector<Log> table{
        // All digits of the log; its last improvement, 0.0086, is within the tolerance of 0.01.
        {"MovieLens regression, 2019-10-29",
         3,
         {0.9798667801393045, 0.9859733158672178, 0.9591911366662463, 0.9521576297041532, 0.933606903497,
          0.9318653504187996, 0.9312200810055475, 0.928095356032655, 0.919467305211},
         8},
        {"MovieLens classification, 2019-10-29", 3, {.5789, .5715, .5886, .7267, .8845, 1.0221, 1.0855}, 1},
        {"Wikipedia, 2021-06-17", 2, {.2085, .1976, .2025, .1813, .1969, .1930, .1977}, 3},
        {"Wikipedia, 2019-09-17", 2, {.2271, .1995, .1787, .1879, .1925, .1823}, 2}};
    return table;
}

// The epoch after which the training ends; -1 when it does not.
int stopping_epoch(std::int64_t patience, double tolerance, const std::vector<double>& losses) {
    EarlyStopping rule(patience, tolerance);
    for (std::size_t epoch = 0; epoch < losses.size(); ++epoch) {
        if (rule.add(losses[epoch])) return static_cast<int>(epoch);
    }
    return -1;
}

TEST(EarlyStopping, EveryLogEndsAfterItsLastEpoch) {
    for (const Log& log : logs()) {
        EXPECT_EQ(stopping_epoch(log.patience, 0.01, log.losses), std::ssize(log.losses) - 1) << log.name;
        const auto best = std::min_element(log.losses.begin(), log.losses.end()) - log.losses.begin();
        EXPECT_EQ(best, log.best_epoch) << log.name << ": the least loss is kept, whatever the tolerance";
    }
}

// What a resumed training does.
TEST(EarlyStopping, IsRebuiltFromTheLossesSoFar) {
    for (const Log& log : logs()) {
        EarlyStopping rule(log.patience, 0.01);
        for (const double loss : log.losses) {
            rule.add(loss);
            EarlyStopping rebuilt(log.patience, 0.01);
            for (const double earlier : rule.losses()) rebuilt.add(earlier);
            EXPECT_EQ(rebuilt.stopped(), rule.stopped()) << log.name;
        }
    }
}

TEST(EarlyStopping, AnImprovementOfExactlyTheToleranceIsBad) {
    EXPECT_EQ(stopping_epoch(1, 0.25, {1.0, 0.75, 0.5}), 2);
    EXPECT_EQ(stopping_epoch(1, 0.25, {1.0, 0.75, 0.49, 0.49}), -1) << "a better one clears the count";
}

TEST(EarlyStopping, PatienceZeroNeverStops) {
    EXPECT_EQ(stopping_epoch(0, 0.01, std::vector<double>(50, 1.0)), -1);
}

}  // namespace
}  // namespace o2v::model
