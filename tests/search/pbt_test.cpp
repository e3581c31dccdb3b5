#include "search/pbt.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "search/catalog.hpp"
#include "search/study/errors.hpp"
#include "tests/search/spaces.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Kind = Verdict::Kind;
constexpr std::int64_t kEpochs = 8;

StudySpec spec(int population = 4, std::int64_t interval = 2) {
    StudySpec spec = spec_of(floats_space(2));
    spec.search.strategy = "pbt";
    spec.search.population = population;
    spec.search.interval = interval;
    spec.fixed["epochs"] = kEpochs;
    return spec;
}

double loss_of(const Trial& trial, std::int64_t epoch) {
    return std::get<double>(trial.params.at("x0")) + 1.0 / static_cast<double>(epoch + 1);
}

// What the orchestrator does, on so many slots; which of the running trials reports next is drawn by `order`.
struct Played {
    Study study;
    std::vector<std::string> retired;
    std::vector<TrialId> promoted;
};
template <class Value>
Played play(const StudySpec& spec, std::size_t slots, std::uint64_t order, Value value) {
    Played played{Study(spec), {}, {}};
    Study& study = played.study;
    const auto searcher = make_searcher(spec);
    const auto pruner = make_pruner(spec);
    Rng turns(order);
    std::vector<TrialId> running;
    for (;;) {
        while (const auto retired = pruner->retire(study)) {
            EXPECT_EQ(study.trial(retired->trial).state(), TrialState::paused);
            EXPECT_FALSE(retired->reason.empty());
            played.retired.push_back(std::to_string(retired->trial));
            study.apply(TrialEnded{retired->trial, Pruned{retired->reason, false}});
        }
        while (running.size() < slots) {
            if (const auto paused = pruner->promote(study)) {
                EXPECT_EQ(study.trial(*paused).state(), TrialState::paused);
                played.promoted.push_back(*paused);
                running.push_back(*paused);
            } else {
                if (spec.budget.trials && std::ssize(study.trials()) >= *spec.budget.trials) break;
                const auto id = static_cast<TrialId>(study.trials().size());
                Rng rng(derive_seed(1, study.trials().size()));
                auto next = searcher->suggest(study, rng);
                if (!next) break;
                EXPECT_TRUE(spec.space.contains(next->params));
                study.apply(TrialCreated{id, next->params, 0, next->why, next->fork});
                running.push_back(id);
            }
            start(study, running.back());
        }
        if (running.empty()) return played;
        const auto turn = uniform_index(turns, running.size());
        const TrialId id = running[turn];
        const Trial& trial = study.trial(id);
        const auto attempt = static_cast<int>(trial.attempts.size());
        const auto epoch = std::ssize(trial.curve);
        const std::optional<double> reached = value(trial, epoch);
        if (!reached) {
            study.apply(AttemptFailed{id, attempt, FailureKind::crashed, "it failed"});
            study.apply(TrialEnded{id, Failure{}});
        } else {
            study.apply(Reported{id, attempt, measured(epoch, *reached)});
            if (epoch + 1 == kEpochs) {
                complete(study, id, *reached);
            } else {
                const Verdict verdict = pruner->judge(study.trial(id), study);
                EXPECT_EQ(verdict.kind == Kind::pause, (epoch + 1) % spec.search.interval == 0);
                if (verdict.kind == Kind::go_on) continue;
                study.apply(Paused{id, verdict.reason});
            }
        }
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(turn));
    }
}
Played play(const StudySpec& spec, std::size_t slots = 2, std::uint64_t order = 1) {
    return play(spec, slots, order,
                [](const Trial& trial, std::int64_t epoch) { return std::optional(loss_of(trial, epoch)); });
}

TEST(Pbt, TheWorstQuarterOfEachGenerationGoesOnFromTheBest) {
    const Played played = play(spec());
    const Study& study = played.study;
    // Three comparisons, at two, four and six epochs, with one fork each.
    ASSERT_EQ(study.trials().size(), 7U);
    EXPECT_EQ(study.count(TrialState::completed), 4U);
    EXPECT_EQ(study.count(TrialState::pruned), 3U);
    for (TrialId id = 0; id < 4; ++id) EXPECT_FALSE(study.trial(id).fork);
    const auto worse = [&](TrialId a, TrialId b) {
        return loss_of(study.trial(a), 1) < loss_of(study.trial(b), 1);
    };
    std::vector<TrialId> founders{0, 1, 2, 3};
    std::sort(founders.begin(), founders.end(), worse);
    const Trial& fork = study.trial(4);
    EXPECT_EQ(fork.fork, (Fork{founders.front(), 1}));
    EXPECT_EQ(study.trial(founders.back()).state(), TrialState::pruned);
    EXPECT_EQ(study.trial(founders.back()).curve.size(), 2U);
    EXPECT_EQ(fork.why, "goes on from trial " + std::to_string(founders.front()) + " in place of trial " +
                            std::to_string(founders.back()));
    EXPECT_NE(fork.params, study.trial(founders.front()).params);
    EXPECT_EQ(study.trial(5).fork->epoch, 3);
    EXPECT_EQ(study.trial(6).fork->epoch, 5);
    EXPECT_EQ(make_searcher(spec())->why_nothing_left(), "the population has trained to its end");
}

TEST(Pbt, DoesNotHangOnTheOrderOfArrivalOrTheSlots) {
    const StudySpec eight = spec(8, 1);
    const auto essence = [](const Study& study) {
        std::vector<std::tuple<Assignment, std::optional<Fork>, std::size_t, TrialState>> all;
        for (const Trial& trial : study.trials())
            all.emplace_back(trial.params, trial.fork, trial.curve.size(), trial.state());
        return all;
    };
    const auto expected = essence(play(eight, 1, 1).study);
    EXPECT_EQ(expected.size(), 8U + 7 * 2);
    for (const std::size_t slots : {2U, 5U, 8U, 20U})
        for (std::uint64_t order = 0; order < 4; ++order)
            EXPECT_EQ(essence(play(eight, slots, order).study), expected) << slots << ' ' << order;
}

TEST(Pbt, WhatFailedIsReplacedFirst) {
    // Two of four fail in their first interval: both are replaced, and no other.
    const Played played = play(spec(), 2, 1, [](const Trial& trial, std::int64_t epoch) {
        return trial.id < 2 ? std::nullopt : std::optional(loss_of(trial, epoch));
    });
    const Study& study = played.study;
    EXPECT_EQ(study.trial(4).fork->epoch, 1);
    EXPECT_EQ(study.trial(5).fork->epoch, 1);
    EXPECT_EQ(study.trial(6).fork->epoch, 3);
    EXPECT_EQ(study.trials().size(), 8U);
    EXPECT_EQ(study.count(TrialState::completed), 4U);
}

TEST(Pbt, APopulationThatFailsAltogetherEnds) {
    const Played played =
        play(spec(), 2, 1, [](const Trial&, std::int64_t) { return std::optional<double>(); });
    EXPECT_EQ(played.study.trials().size(), 4U);
}

TEST(Pbt, NaNIsTheWorst) {
    const Played played = play(spec(4, 4), 4, 1, [](const Trial& trial, std::int64_t epoch) {
        return std::optional(trial.id == 2 ? std::numeric_limits<double>::quiet_NaN()
                                           : loss_of(trial, epoch));
    });
    EXPECT_EQ(played.retired, std::vector<std::string>{"2"});
}

TEST(Pbt, WhatTheBudgetCannotReplaceSurvives) {
    StudySpec bounded = spec(8, 2);  // two forks at each comparison
    bounded.budget.trials = 11;
    const Played played = play(bounded);
    EXPECT_EQ(played.study.trials().size(), 11U);
    EXPECT_EQ(played.retired.size(), 3U);
    EXPECT_EQ(played.study.count(TrialState::completed), 8U);
}

TEST(Pbt, AFiniteSpaceMayHoldFewerThanThePopulation) {
    StudySpec small = spec(20, 2);
    small.space = SearchSpace({{"x0", CategoricalDomain{{0.0, 1.0, 2.0}}, {}}});
    const Played played = play(small);
    std::int64_t founders = 0;
    for (const Trial& trial : played.study.trials()) founders += trial.fork ? 0 : 1;
    EXPECT_EQ(founders, 3);
    EXPECT_EQ(played.study.count(TrialState::completed), 3U);
    EXPECT_EQ(played.study.trials().size(), 6U);
}

TEST(Pbt, TheMiddleOfASpaceOfFloatsMayBeTakenOrForbidden) {
    StudySpec taken = spec(), forbidden = spec();
    taken.space = SearchSpace({{"x0", FloatDomain{0, 0.8}, {}, ParamValue(0.4)}});
    forbidden.space = SearchSpace({{"x0", FloatDomain{0, 0.8}, {}}}, {{Condition{"x0", {}, 0.3, 0.5}}});
    for (const StudySpec& one : {taken, forbidden}) EXPECT_EQ(play(one).study.trials().size(), 7U);
}

TEST(Pbt, EnqueuedConfigurationsAreFoundersToo) {
    StudySpec queued = spec();
    queued.enqueued = {{{"x0", 9.0}, {"x1", 0.0}}};
    const Played played = play(queued);
    EXPECT_EQ(played.study.trial(0).params, queued.enqueued.front());
    EXPECT_EQ(played.study.trials().size(), 7U);
    EXPECT_EQ(played.retired.front(), "0");
}

TEST(Pbt, DecidesAtTheEndsOfIntervalsCountedFromWhereATrialBegan) {
    const StudySpec three = spec(4, 3);
    const auto pruner = make_pruner(three);
    Trial founder, fork;
    fork.fork = Fork{0, 1};
    for (std::int64_t epoch = 0; epoch < 12; ++epoch) {
        EXPECT_EQ(pruner->decides(founder, epoch, three), (epoch + 1) % 3 == 0) << epoch;
        EXPECT_EQ(pruner->decides(fork, epoch, three), epoch >= 2 && (epoch - 1) % 3 == 0) << epoch;
    }
}

TEST(Pbt, RefusesWhatCannotBe) {
    const auto place = [](const StudySpec& spec) -> std::string {
        try {
            make_searcher(spec);
            make_pruner(spec);
            return "none";
        } catch (const InputError& e) {
            return e.problems().front().where;
        }
    };
    EXPECT_EQ(place(spec()), "none");
    EXPECT_EQ(place(spec(1)), "/search/population");
    EXPECT_EQ(place(spec(4, 0)), "/search/interval");
    StudySpec with = spec();
    with.budget.trials = 3;
    EXPECT_EQ(place(with), "/search/population");
    with = spec(2);
    with.enqueued = {{{"x0", 1.0}, {"x1", 0.0}}, {{"x0", 2.0}, {"x1", 0.0}}, {{"x0", 3.0}, {"x1", 0.0}}};
    EXPECT_EQ(place(with), "/search/population");
    with = spec();
    with.search.explore = {"learning_rate"};
    EXPECT_EQ(place(with), "/search/explore");
    with = spec();
    with.pruner.type = "median";
    EXPECT_EQ(place(with), "/pruner/type");
}

}  // namespace
}  // namespace o2v::search
