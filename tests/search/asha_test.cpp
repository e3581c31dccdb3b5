#include "search/asha.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "search/study/errors.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Kind = Verdict::Kind;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

PrunerOptions options(std::int64_t min_epochs = 1, int factor = 3) {
    PrunerOptions options;
    options.type = "asha";
    options.min_epochs = min_epochs;
    options.reduction_factor = factor;
    return options;
}
PrunerOptions stopping() {
    PrunerOptions with = options();
    with.stops = true;
    return with;
}

TrialId paused(Study& study, const std::vector<double>& curve) {
    const TrialId id = run(study, curve);
    study.apply(Paused{id, "at a rung"});
    return id;
}
void go_on(Study& study, TrialId id, const std::vector<double>& more) {
    start(study, id);
    for (const double value : more)
        study.apply(Reported{id, static_cast<int>(study.trial(id).attempts.size()),
                             measured(std::ssize(study.trial(id).curve), value)});
}
Verdict verdict_on(Study& study, const std::vector<double>& curve, const AshaPruner& asha) {
    const TrialId id = run(study, curve);
    return asha.judge(study.trial(id), study);
}

TEST(Asha, PausesAtTheRungsAndNowhereElse) {
    Study study(spec_of(SearchSpace()));
    const AshaPruner asha(options(2, 3));
    const TrialId id = run(study, {});
    for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
        study.apply(Reported{id, 1, measured(epoch, 1)});
        const bool rung = epoch + 1 == 2 || epoch + 1 == 6 || epoch + 1 == 18;
        EXPECT_EQ(asha.judge(study.trial(id), study).kind, rung ? Kind::pause : Kind::go_on) << epoch;
    }
}

// The epochs, counted from 1, after which the trial may be halted.
std::vector<std::int64_t> decided(const AshaPruner& asha, const Trial& trial, const StudySpec& spec) {
    std::vector<std::int64_t> epochs;
    for (std::int64_t epoch = 0; epoch < 30; ++epoch)
        if (asha.decides(trial, epoch, spec)) epochs.push_back(epoch + 1);
    return epochs;
}

TEST(Asha, DecidesAtTheRungsOfTheTrialsBracketAlone) {
    using Epochs = std::vector<std::int64_t>;
    StudySpec spec = spec_of(SearchSpace());
    Trial trial;
    EXPECT_EQ(decided(AshaPruner(options(1, 3)), trial, spec), (Epochs{1, 3, 9, 27}));
    PrunerOptions with = options(2, 3);
    with.brackets = 2;
    with.max_epochs = 18;
    EXPECT_EQ(decided(AshaPruner(with), trial, spec), (Epochs{2, 6})) << "not at the top";
    trial.id = 1;
    EXPECT_EQ(decided(AshaPruner(with), trial, spec), Epochs{6});
    spec.fixed["epochs"] = std::int64_t{6};
    EXPECT_EQ(decided(AshaPruner(with), trial, spec), Epochs{}) << "the trial's own end";
}

TEST(Asha, TheTopIsMaxEpochsOrTheTrialsOwnEnd) {
    PrunerOptions with = options();
    with.max_epochs = 9;
    Study study(spec_of(SearchSpace()));
    const std::vector<double> nine(9, 1.0), three(3, 1.0);
    EXPECT_EQ(verdict_on(study, nine, AshaPruner(with)).kind, Kind::go_on) << "max_epochs";
    EXPECT_EQ(verdict_on(study, nine, AshaPruner(options())).kind, Kind::pause) << "no top";
    StudySpec spec = spec_of(SearchSpace());
    spec.fixed["epochs"] = std::int64_t{3};
    Study fixed(spec);
    EXPECT_EQ(verdict_on(fixed, three, AshaPruner(options())).kind, Kind::go_on) << "fixed epochs";
    const TrialId longer = run(fixed, three, {{"epochs", std::int64_t{4}}});
    EXPECT_EQ(AshaPruner(options()).judge(fixed.trial(longer), fixed).kind, Kind::pause)
        << "the trial's own epochs win";
}

TEST(Asha, TheBestThirdRoundedDownGoesOnAtOnce) {
    Study study(spec_of(SearchSpace()));
    const AshaPruner asha(options());
    paused(study, {5});
    EXPECT_EQ(verdict_on(study, {4}, asha).kind, Kind::pause) << "a third of two trials is none";
    const Verdict best = verdict_on(study, {3}, asha);
    EXPECT_EQ(best.kind, Kind::go_on) << "the best of three";
    EXPECT_EQ(best.reason, "validation:loss 3 after 1 epoch is number 1 of 3 trials at this rung");
    EXPECT_EQ(verdict_on(study, {3}, asha).kind, Kind::pause) << "as good as the best, but later";
    const Verdict verdict = verdict_on(study, {9}, asha);
    EXPECT_EQ(verdict.reason,
              "validation:loss 9 after 1 epoch is not among the best third of 5 trials at this rung");
    EXPECT_EQ(verdict_on(study, {3, 3}, asha).reason, "no rung at 2 epochs");
}

TEST(Asha, ATrialIsPromotedWhenTheRungHasFilled) {
    Study study(spec_of(SearchSpace()));
    const AshaPruner asha(options());
    const TrialId best = paused(study, {1});
    paused(study, {2});
    EXPECT_EQ(asha.promote(study), std::nullopt);
    paused(study, {3});
    EXPECT_EQ(asha.promote(study), best);
    go_on(study, best, {});
    EXPECT_EQ(asha.promote(study), std::nullopt) << "it runs, and the second is not in the third";
    for (const double value : {7, 8}) paused(study, {value});
    EXPECT_EQ(asha.promote(study), std::nullopt) << "five trials: still one";
    paused(study, {9});
    EXPECT_EQ(asha.promote(study), 1) << "of six two may go on";
}

TEST(Asha, HigherRungsComeFirst) {
    Study study(spec_of(SearchSpace()));
    const AshaPruner asha(options());
    for (int i = 0; i < 12; ++i) paused(study, {10.0 - i});
    std::vector<TrialId> order;
    while (const auto id = asha.promote(study)) {
        order.push_back(*id);
        // Those promoted from rung 0 halt at rung 1; the later they are promoted the better they stand there.
        go_on(study, *id, {20.0 - static_cast<double>(order.size()), 20});
        study.apply(Paused{*id, "again"});
        if (study.trial(*id).curve.size() > 3) break;
    }
    // Best first from rung 0 (numbers 11, 10, 9), then the best of three at rung 1, which is 11.
    EXPECT_EQ(order, (std::vector<TrialId>{11, 10, 9, 11}));
}

TEST(Asha, TheValueOfARungIsTheBestUpToItsEpochsAlone) {
    Study study(spec_of(SearchSpace()));
    const AshaPruner asha(options());
    const TrialId early = paused(study, {5, 1, 5});  // at rung 3 epochs: 1
    paused(study, {4, 4, 4});
    EXPECT_EQ(verdict_on(study, {2, 2, 2}, asha).kind, Kind::pause);
    EXPECT_EQ(asha.promote(study), early);
    // What comes after three epochs does not count there.
    go_on(study, early, {0.1});
    EXPECT_EQ(verdict_on(study, {0.5, 0.5, 0.5}, asha).kind, Kind::go_on);
}

TEST(Asha, ARepeatedEpochReplacesTheValue) {
    Study study(spec_of(SearchSpace()));
    const AshaPruner asha(options());
    const TrialId id = run(study, {1});
    paused(study, {2});
    paused(study, {3});
    EXPECT_EQ(asha.judge(study.trial(id), study).kind, Kind::go_on);
    study.apply(Reported{id, 1, measured(0, 9)});
    EXPECT_EQ(asha.judge(study.trial(id), study).kind, Kind::pause);
    EXPECT_EQ(asha.promote(study), 1);
}

TEST(Asha, EndedTrialsCountButAreNotPromoted) {
    Study study(spec_of(SearchSpace()));
    const AshaPruner asha(options());
    study.apply(TrialEnded{run(study, {1}), Failure{}});
    study.apply(TrialEnded{run(study, {1.5}), Pruned{"diverged", true}});
    for (const double value : {2, 3, 4, 5}) paused(study, {value});
    EXPECT_EQ(asha.promote(study), std::nullopt) << "the best two of six have ended";
    for (const double value : {6, 7, 8}) paused(study, {value});
    EXPECT_EQ(asha.promote(study), 2);
}

TEST(Asha, NaNIsTheWorst) {
    Study study(spec_of(SearchSpace()));
    const AshaPruner asha(options());
    paused(study, {kNaN});
    paused(study, {kNaN});
    EXPECT_EQ(verdict_on(study, {1e9}, asha).kind, Kind::go_on);
    EXPECT_EQ(verdict_on(study, {kNaN}, asha).kind, Kind::pause);
}

TEST(Asha, MaximisesToo) {
    Study study(spec_of(SearchSpace(), Direction::maximize));
    const AshaPruner asha(options());
    paused(study, {1});
    paused(study, {3});
    paused(study, {2});
    EXPECT_EQ(asha.promote(study), 1);
}

TEST(Asha, StopsThoseBeyondTheQuantile) {
    Study study(spec_of(SearchSpace()));
    const AshaPruner asha(stopping());
    EXPECT_EQ(verdict_on(study, {1}, asha).kind, Kind::go_on) << "fewer than three";
    EXPECT_EQ(verdict_on(study, {9}, asha).kind, Kind::go_on) << "fewer than three";
    const Verdict verdict = verdict_on(study, {5}, asha);
    EXPECT_EQ(verdict.kind, Kind::stop);
    EXPECT_EQ(verdict.reason,
              "validation:loss 5 after 1 epoch is not among the best third of 3 trials at this rung");
    // Of four the quantile lies on the second: one may be better.
    EXPECT_EQ(verdict_on(study, {2}, asha).kind, Kind::go_on);
    EXPECT_EQ(verdict_on(study, {3}, asha).kind, Kind::stop);
    EXPECT_EQ(verdict_on(study, {2}, asha).kind, Kind::go_on) << "ties are as good";
    EXPECT_EQ(verdict_on(study, {kNaN}, asha).kind, Kind::stop);
    EXPECT_EQ(asha.promote(study), std::nullopt);
}

TEST(Asha, BracketsTakeTrialsInTurnAndAreHalvedApart) {
    PrunerOptions with = options();
    with.brackets = 2;
    const AshaPruner asha(with);
    Study study(spec_of(SearchSpace()));
    EXPECT_EQ(verdict_on(study, {1}, asha).kind, Kind::pause) << "bracket 0 has a rung at one epoch";
    EXPECT_EQ(verdict_on(study, {1}, asha).kind, Kind::go_on) << "bracket 1 has not";
    verdict_on(study, {2, 2, 2}, asha);
    EXPECT_EQ(verdict_on(study, {3, 3, 3}, asha).reason,
              "validation:loss 3 after 3 epochs is the only one at this rung so far");
}

TEST(Asha, ALastPromotionIsForAStudyWithoutAResult) {
    Study study(spec_of(SearchSpace()));
    const AshaPruner asha(options());
    paused(study, {1});
    const TrialId higher = paused(study, {2, 2, 2});
    EXPECT_EQ(asha.promote_last(study), higher) << "the highest rung, not the best value";
    run_to_end(study, {9});
    EXPECT_EQ(asha.promote_last(study), std::nullopt);
}

TEST(Asha, RefusesOptionsOutOfRange) {
    const auto place = [](PrunerOptions with) -> std::string {
        try {
            AshaPruner{with};
            return "none";
        } catch (const InputError& e) {
            return e.problems().front().where;
        }
    };
    EXPECT_EQ(place(options(0)), "/pruner/min_epochs");
    EXPECT_EQ(place(options(1, 1)), "/pruner/reduction_factor");
    PrunerOptions with = options();
    with.max_epochs = -1;
    EXPECT_EQ(place(with), "/pruner/max_epochs");
    with = options();
    with.brackets = 0;
    EXPECT_EQ(place(with), "/pruner/brackets");
    EXPECT_EQ(place(options()), "none");
}

// With seed 3 every judgement and promotion of a study of 300 trials on eight slots is that of a pruner
// without a past, and what it cost with 10,000 hardly grows with the study (the limit only tells that from
// what does).
TEST(Asha, ItsPastIsACacheAndTenThousandTrialsAreLittleWork) {
    for (const int trials : {300, 10'000}) {
        const bool compare = trials < 1000;
        Study study(spec_of(SearchSpace()));
        PrunerOptions with = options();
        with.max_epochs = 81;
        const AshaPruner asha(with);
        Rng rng(3);
        std::vector<TrialId> slots;
        const auto begin = std::chrono::steady_clock::now();
        std::int64_t calls = 0;
        while (static_cast<int>(study.trials().size()) < trials || !slots.empty()) {
            while (slots.size() < 8) {
                const auto promoted = asha.promote(study);
                ++calls;
                if (compare) {
                    ASSERT_EQ(AshaPruner(with).promote(study), promoted);
                }
                if (!promoted && static_cast<int>(study.trials().size()) == trials) break;
                slots.push_back(promoted ? *promoted : create(study));
                start(study, slots.back());
            }
            if (slots.empty()) break;
            const auto slot = static_cast<std::ptrdiff_t>(uniform_index(rng, slots.size()));
            const TrialId id = slots[static_cast<std::size_t>(slot)];
            const Trial& trial = study.trial(id);
            study.apply(Reported{id, static_cast<int>(trial.attempts.size()),
                                 measured(std::ssize(trial.curve), uniform01(rng))});
            const Verdict verdict = asha.judge(trial, study);
            ++calls;
            if (compare) {
                ASSERT_EQ(AshaPruner(with).judge(trial, study).reason, verdict.reason);
            }
            if (verdict.kind == Kind::pause)
                study.apply(Paused{id, verdict.reason});
            else if (trial.curve.size() == 81)
                complete(study, id, 0);
            else
                continue;
            slots.erase(slots.begin() + slot);
        }
        EXPECT_GT(study.count(TrialState::completed), 0U);
        const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - begin;
        if (!compare) {
            RecordProperty("microseconds_a_call", std::to_string(spent.count() / static_cast<double>(calls)));
            EXPECT_LT(spent.count() / static_cast<double>(calls), 1000);
        }
    }
}

}  // namespace
}  // namespace o2v::search
