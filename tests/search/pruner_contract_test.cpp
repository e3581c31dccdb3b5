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

constexpr std::int64_t kEpochs = 6;

class PrunerContract : public ::testing::TestWithParam<std::string> {
  protected:
    static PrunerOptions options(int startup, int warmup) {
        PrunerOptions options;
        options.type = GetParam();
        options.startup_trials = startup;
        options.warmup_epochs = warmup;
        options.patience = 2;
        return options;
    }
    static StudySpec spec(Direction direction = Direction::minimize) {
        StudySpec spec = spec_of(SearchSpace(), direction);
        spec.fixed["epochs"] = kEpochs;
        return spec;
    }
    static std::unique_ptr<Pruner> make(const PrunerOptions& options) {
        StudySpec of = spec();
        of.pruner = options;
        return make_pruner(of);
    }
    // Whether the rule waits for completed trials, and for a trial's first epochs. The halving ones have
    // rungs instead.
    static bool has_startup() { return GetParam() == "median" || GetParam() == "percentile"; }
    static bool has_warmup() { return has_startup() || GetParam() == "patience"; }

    struct Played {
        Study study;
        std::vector<std::string> verdicts;  // "3 at 2" for each that is not to go on
    };
    // Plays `trials` trials of six epochs on noisy curves, one after the other, paused, stopped and gone on
    // with as the pruner says. `sign` -1 turns the curves upside down.
    static Played play(const PrunerOptions& options, int trials, Direction direction, double sign) {
        Played played{Study(spec(direction)), {}};
        Study& study = played.study;
        const auto pruner = make(options);
        const auto go_on = [&](TrialId id) {
            Rng rng(derive_seed(11, static_cast<std::uint64_t>(id)));
            const double level = uniform01(rng);
            std::vector<double> values;
            for (std::int64_t epoch = 0; epoch < kEpochs; ++epoch)
                values.push_back(sign *
                                 (level + 1.0 / static_cast<double>(epoch + 1) + 0.2 * uniform01(rng)));
            start(study, id);
            const auto attempt = static_cast<int>(study.trial(id).attempts.size());
            for (auto epoch = std::ssize(study.trial(id).curve); epoch < kEpochs; ++epoch) {
                study.apply(Reported{id, attempt, measured(epoch, values[static_cast<std::size_t>(epoch)])});
                const Verdict verdict = pruner->judge(study.trial(id), study);
                EXPECT_FALSE(verdict.reason.empty());
                if (verdict.kind == Kind::go_on) continue;
                played.verdicts.push_back(std::to_string(id) + " at " + std::to_string(epoch));
                if (verdict.kind == Kind::stop)
                    study.apply(TrialEnded{id, Pruned{verdict.reason, false}});
                else
                    study.apply(Paused{id, verdict.reason});
                return;
            }
            complete(study, id, values.back());
        };
        for (int i = 0; i < trials; ++i) {
            while (const auto paused = pruner->promote(study)) {
                EXPECT_EQ(make(options)->promote(study), paused) << "a new pruner";
                EXPECT_EQ(study.trial(*paused).state(), TrialState::paused);
                go_on(*paused);
            }
            go_on(create(study));
        }
        return played;
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
    EXPECT_EQ(play(options(4, 1), 80, Direction::minimize, 1).verdicts,
              play(options(4, 1), 80, Direction::maximize, -1).verdicts);
}

TEST_P(PrunerContract, NeverJudgesBeforeStartUpAndWarmUp) {
    if (has_startup()) {
        EXPECT_TRUE(play(options(80, 0), 80, Direction::minimize, 1).verdicts.empty()) << "start-up";
    }
    if (!has_warmup()) return;
    EXPECT_TRUE(play(options(0, 6), 80, Direction::minimize, 1).verdicts.empty()) << "warm-up";
    for (const std::string& line : play(options(2, 3), 80, Direction::minimize, 1).verdicts)
        EXPECT_GE(line.back(), '3') << line << " was stopped within the warm-up";
}

TEST_P(PrunerContract, LetsTheFirstTrialLive) {
    Study study(spec());
    const TrialId id = run(study, {});
    for (int epoch = 0; epoch < kEpochs; ++epoch) {
        study.apply(Reported{id, 1, measured(epoch, 1.0 / (epoch + 1))});
        EXPECT_NE(make(options(0, 0))->judge(study.trial(id), study).kind, Kind::stop);
    }
}

TEST_P(PrunerContract, HaltsSomeTrialsButNotAll) {
    const Played played = play(options(4, 1), 80, Direction::minimize, 1);
    EXPECT_EQ(played.verdicts.empty(), GetParam() == "none");
    EXPECT_GE(played.study.count(TrialState::completed), 1U);
}

TEST_P(PrunerContract, APausedTrialIsGoneOnWithOrStaysAsItIs) {
    const Played played = play(options(4, 1), 80, Direction::minimize, 1);
    const Study& study = played.study;
    EXPECT_EQ(study.count(TrialState::running), 0U);
    EXPECT_EQ(study.count(TrialState::waiting), 0U);
    std::size_t pauses = 0;
    for (const Trial& trial : study.trials()) pauses += trial.attempts.size() - 1;
    if (const auto last = make(options(4, 1))->promote_last(study)) {
        EXPECT_EQ(study.trial(*last).state(), TrialState::paused);
    }
    // What was paused and is no longer has had another attempt.
    EXPECT_EQ(pauses + study.count(TrialState::paused) + study.count(TrialState::pruned),
              played.verdicts.size());
}

TEST_P(PrunerContract, WhenNothingElseIsLeftTheStudyStillGetsAResult) {
    Study study(spec());
    const auto pruner = make(options(0, 0));
    const TrialId id = run(study, {});
    for (std::int64_t epoch = 0; epoch < kEpochs; ++epoch) {
        const auto attempt = static_cast<int>(study.trial(id).attempts.size());
        study.apply(Reported{id, attempt, measured(epoch, 1.0 / static_cast<double>(epoch + 1))});
        if (pruner->judge(study.trial(id), study).kind != Kind::pause) continue;
        study.apply(Paused{id, "at a rung"});
        EXPECT_EQ(pruner->promote(study), std::nullopt);
        ASSERT_EQ(pruner->promote_last(study), id);
        start(study, id);
    }
}

TEST_P(PrunerContract, IsAFunctionOfTrialAndStudy) {
    Study study(spec());
    Study other(spec());
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
        Study study(spec(direction));
        const auto pruner = make(options(1, 0));
        for (const std::vector<double>& curve : {std::vector{nan, nan, nan},
                                                 {inf, -inf, nan},
                                                 {1, nan, 1},
                                                 {-inf, 2, 2},
                                                 {nan, 1, inf},
                                                 {1e308, 1e308, 0}}) {
            const TrialId id = run(study, curve);
            const Verdict verdict = pruner->judge(study.trial(id), study);
            EXPECT_FALSE(verdict.reason.empty());
            complete(study, id, curve.back());
        }
        const TrialId silent = run(study, {});
        study.apply(Reported{silent, 1, measured(0, 1, "train:loss")});
        const Verdict verdict = pruner->judge(study.trial(silent), study);
        EXPECT_EQ(verdict.kind, Kind::go_on) << "the metric is not reported";
        EXPECT_FALSE(verdict.reason.empty());
    }
}

// Trials of eight epochs at most, four of them side by side, on noisy curves with NaN and epochs without the
// goal's metric, under options drawn from the seed.
void expect_go_on_where_it_does_not_decide(const std::string& type, std::uint64_t seed) {
    Rng rng(seed);
    const auto draw = [&](std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(uniform_index(rng, static_cast<std::size_t>(high - low + 1)));
    };
    StudySpec spec = spec_of(SearchSpace({{"epochs", IntDomain{1, 8}, {}}}),
                             uniform01(rng) < 0.5 ? Direction::minimize : Direction::maximize);
    spec.pruner.type = type;
    spec.pruner.startup_trials = static_cast<int>(draw(0, 3));
    spec.pruner.warmup_epochs = static_cast<int>(draw(0, 4));
    spec.pruner.patience = static_cast<int>(draw(1, 4));
    spec.pruner.min_epochs = draw(1, 3);
    spec.pruner.max_epochs = uniform01(rng) < 0.5 ? 0 : draw(4, 8);
    spec.pruner.reduction_factor = static_cast<int>(draw(2, 4));
    spec.pruner.brackets = static_cast<int>(draw(1, 3));
    spec.pruner.stops = uniform01(rng) < 0.5;
    if (type == "pbt") {
        spec.search.strategy = "pbt";
        spec.search.interval = draw(1, 3);
        spec.pruner.type = "none";
    }
    Study study(spec);
    const auto pruner = make_pruner(spec);
    std::vector<TrialId> running;
    for (int step = 0; step < 200; ++step) {
        while (running.size() < 4) {
            const auto paused = pruner->promote(study);
            if (!paused) {
                const auto id = static_cast<TrialId>(study.trials().size());
                TrialCreated created{id, {{"epochs", draw(1, 8)}}};
                if (const auto parent = draw(0, id); parent < id && uniform01(rng) < 0.3)
                    if (const auto n = std::ssize(study.trial(parent).curve); n > 0)
                        created.fork = Fork{parent, draw(0, n - 1)};
                study.apply(created);
            }
            running.push_back(paused ? *paused : std::ssize(study.trials()) - 1);
            start(study, running.back());
        }
        const auto turn = uniform_index(rng, running.size());
        const TrialId id = running[turn];
        const Trial& trial = study.trial(id);
        const auto epoch = std::ssize(trial.curve);
        const double kind = uniform01(rng);
        study.apply(Reported{id, static_cast<int>(trial.attempts.size()),
                             measured(epoch, kind < 0.1 ? std::nan("") : uniform01(rng),
                                      kind > 0.9 ? "train:loss" : "validation:loss")});
        Trial bare;
        bare.id = id;
        bare.params = trial.params;
        bare.fork = trial.fork;
        const bool decides = pruner->decides(trial, epoch, spec);
        EXPECT_EQ(pruner->decides(bare, epoch, spec), decides) << "it hangs on more than the trial's number";
        const Verdict verdict = pruner->judge(study.trial(id), study);
        EXPECT_FALSE(verdict.reason.empty()) << type << ", trial " << id << " after epoch " << epoch;
        ASSERT_TRUE(decides || verdict.kind == Kind::go_on)
            << type << ", seed " << seed << ": trial " << id << " after epoch " << epoch << ": "
            << verdict.reason;
        if (epoch + 1 >= std::get<std::int64_t>(trial.params.at("epochs")))
            complete(study, id, uniform01(rng));
        else if (verdict.kind == Kind::stop)
            study.apply(TrialEnded{id, Pruned{verdict.reason, false}});
        else if (verdict.kind == Kind::pause)
            study.apply(Paused{id, verdict.reason});
        else
            continue;
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(turn));
    }
}

TEST_P(PrunerContract, GoesOnWhereItDoesNotDecide) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) expect_go_on_where_it_does_not_decide(GetParam(), seed);
}

TEST(PbtPruner, GoesOnWhereItDoesNotDecide) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) expect_go_on_where_it_does_not_decide("pbt", seed);
}

TEST(NoPruner, NeverDecides) {
    const StudySpec spec = spec_of(SearchSpace());
    EXPECT_EQ(make_pruner(spec)->judge(Trial{}, Study(spec)).reason, "no pruner");
    for (std::int64_t epoch = 0; epoch < 10; ++epoch)
        EXPECT_FALSE(make_pruner(spec)->decides(Trial{}, epoch, spec));
}

TEST_P(PrunerContract, APausedTrialComesBackOnlyIfItExists) {
    Study study(spec());
    const auto pruner = make(options(0, 0));
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(pruner->promote(study), std::nullopt);
        EXPECT_EQ(pruner->promote_last(study), std::nullopt);
        EXPECT_FALSE(pruner->retire(study).has_value());
        for (int k = 0; k < 9; ++k) run(study, {1.0 * k});  // running, not paused
    }
}

}  // namespace
}  // namespace o2v::search
