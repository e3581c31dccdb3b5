// The time left, against studies simulated to their end.
#include "orchestrator/pace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "search/catalog.hpp"

namespace o2v::orchestrator {
namespace {

using std::chrono::milliseconds;

struct Simulated {
    double seconds = 0;  // in all
    std::vector<std::pair<double, std::optional<TimeLeft>>> estimates;
    std::size_t epochs = 0, trials = 0;
};

// A study on so many slots whose clock is a sum of epochs. A trial's epochs take between 5 and 20 seconds,
// the same all of them, and its loss falls towards a value of its own.
class Simulation {
  public:
    Simulation(StudySpec spec, int slots)
        : spec_(std::move(spec)),
          slots_(static_cast<std::size_t>(slots)),
          searcher_(search::make_searcher(spec_)),
          pruner_(search::make_pruner(spec_)),
          study_(spec_),
          pace_(study_) {}

    Simulated run() {
        for (;;) {
            fill();
            Slot* next = nullptr;
            for (Slot& slot : slots_)
                if (slot.trial && (!next || slot.until < next->until)) next = &slot;
            if (!next) break;
            if (now_ >= asked_ * 1.02) {
                asked_ = now_;
                result_.estimates.emplace_back(now_, pace_.left(study_, status()));
            }
            now_ = next->until;
            tick();
            epoch_ended(*next);
        }
        result_.seconds = now_;
        result_.trials = study_.trials().size();
        return result_;
    }

  private:
    struct Slot {
        std::optional<TrialId> trial;
        double until = 0;
    };

    RunStatus status() const {
        RunStatus status;
        status.elapsed = status.elapsed_all = milliseconds(static_cast<std::int64_t>(now_ * 1000));
        status.slots = static_cast<int>(slots_.size());
        return status;
    }
    void tick() { pace_.tick(status()); }
    void record(const TrialEvent& event) {
        study_.apply(event);
        pace_.happened(study_, event);
    }
    std::optional<TrialId> next_trial() {
        while (const auto retired = pruner_->retire(study_))
            record(TrialEnded{retired->trial, Pruned{retired->reason, false}});
        if (const auto paused = pruner_->promote(study_)) return paused;
        const TrialId id = std::ssize(study_.trials());
        if (id < *spec_.budget.trials) {
            Rng rng(derive_seed(spec_.search.seed, static_cast<std::uint64_t>(id)));
            record(TrialCreated{id, searcher_->suggest(study_, rng)->params, 0, "", {}});
            return id;
        }
        const bool idle = std::none_of(slots_.begin(), slots_.end(), [](const Slot& s) { return s.trial; });
        return idle ? pruner_->promote_last(study_) : std::nullopt;
    }
    void fill() {
        for (Slot& slot : slots_) {
            if (slot.trial) continue;
            slot.trial = next_trial();
            if (!slot.trial) return;
            const int attempt = static_cast<int>(study_.trial(*slot.trial).attempts.size()) + 1;
            record(AttemptStarted{*slot.trial, attempt, "slot-0/pid-1", "cpu", "h", {}});
            slot.until = now_ + epoch_seconds(*slot.trial);
        }
    }
    double of(TrialId trial, const char* name) const {
        return std::get<double>(study_.trial(trial).params.at(name));
    }
    double epoch_seconds(TrialId trial) const { return 5 * std::pow(4, of(trial, "size")); }
    void epoch_ended(Slot& slot) {
        const TrialId id = *slot.trial;
        const std::int64_t epoch = std::ssize(study_.trial(id).curve), planned = *planned_epochs(spec_, {});
        const double loss = of(id, "x") + std::exp(-0.3 * static_cast<double>(epoch));
        record(
            Reported{id,
                     study_.trial(id).attempts.back().started.attempt,
                     {epoch, {{"loss", loss}}, milliseconds(std::llround(1000 * epoch_seconds(id))), 1, 1}});
        ++result_.epochs;
        if (epoch + 1 >= planned) {
            record(TrialEnded{id, Completed{{{"loss", loss}}, epoch, ""}});
            slot.trial.reset();
            return;
        }
        const search::Verdict verdict = pruner_->judge(study_.trial(id), study_);
        if (verdict.kind == search::Verdict::Kind::go_on) {
            slot.until = now_ + epoch_seconds(id);
            return;
        }
        if (verdict.kind == search::Verdict::Kind::stop)
            record(TrialEnded{id, Pruned{verdict.reason, false}});
        else
            record(Paused{id, verdict.reason});
        slot.trial.reset();
    }

    StudySpec spec_;
    std::vector<Slot> slots_;
    std::unique_ptr<search::Searcher> searcher_;
    std::unique_ptr<search::Pruner> pruner_;
    Study study_;
    Pace pace_;
    double now_ = 0, asked_ = 0;
    Simulated result_;
};

StudySpec spec_of(const std::string& pruner, bool stops, std::int64_t trials) {
    StudySpec spec;
    spec.name = "simulated";
    spec.goal = {"loss", Direction::minimize};
    spec.space = SearchSpace({{"x", FloatDomain{0, 1}, {}}, {"size", FloatDomain{0, 1}, {}}});
    spec.fixed["epochs"] = std::int64_t{27};
    spec.search.seed = 11;
    spec.pruner.type = pruner;
    spec.pruner.stops = stops;
    spec.budget.trials = trials;
    return spec;
}

// From the middle to the last tenth: never off by a factor of four. A trial more or less that goes on to its
// end is much of what is left of a study of 60 trials.
void expect_honest(const Simulated& simulated, std::vector<double>& all) {
    std::vector<double> factors;
    for (const auto& [at, estimate] : simulated.estimates) {
        const double left = simulated.seconds - at;
        if (at < simulated.seconds / 2 || left < simulated.seconds / 10) continue;
        ASSERT_TRUE(estimate.has_value());
        EXPECT_FALSE(estimate->exact);
        const double factor = std::max(estimate->seconds / left, left / estimate->seconds);
        EXPECT_LT(factor, 4) << "at " << at << " of " << simulated.seconds << ": said " << estimate->seconds;
        factors.push_back(factor);
    }
    ASSERT_GT(factors.size(), 10U);
    all.insert(all.end(), factors.begin(), factors.end());
}

struct Case {
    const char* pruner;
    bool stops;
};

class PaceOfPruned : public testing::TestWithParam<Case> {};

TEST_P(PaceOfPruned, IsHonestFromTheMiddleOn) {
    std::vector<double> factors;
    for (const std::uint64_t seed : {1, 2, 3})
        for (const int slots : {1, 2, 8})
            for (const std::int64_t trials : {60, 300}) {
                SCOPED_TRACE(testing::Message()
                             << "seed " << seed << ", " << slots << " slots, " << trials << " trials");
                StudySpec spec = spec_of(GetParam().pruner, GetParam().stops, trials);
                spec.search.seed = seed;
                expect_honest(Simulation(spec, slots).run(), factors);
            }
    std::sort(factors.begin(), factors.end());
    EXPECT_LT(factors[factors.size() / 2], 1.5) << "as a rule";
}

INSTANTIATE_TEST_SUITE_P(EachPruner, PaceOfPruned,
                         testing::Values(Case{"none", false}, Case{"median", false}, Case{"asha", false},
                                         Case{"asha", true}, Case{"hyperband", false}),
                         [](const auto& one) {
                             return std::string(one.param.pruner) + (one.param.stops ? "_stopping" : "");
                         });

// What this is for: the mean time of a trial that was pruned or completed says nothing of those to come.
TEST(Pace, PrunedTrialsDoNotCountAsWhole) {
    const Simulated asha = Simulation(spec_of("asha", false, 300), 2).run();
    EXPECT_LT(asha.epochs, asha.trials * 27 / 4) << "the study prunes nothing";
}

class PaceTest : public testing::Test {
  protected:
    void record(const TrialEvent& event) {
        study_->apply(event);
        pace_->happened(*study_, event);
    }
    void begin(StudySpec spec) {
        study_.emplace(std::move(spec));
        pace_.emplace(*study_);
    }
    void start(TrialId id) {
        record(TrialCreated{id, {{"x", 0.1 * static_cast<double>(id)}, {"size", 0.0}}, 0, "", {}});
        record(AttemptStarted{id, 1, "slot-0/pid-1", "cpu", "h", {}});
    }
    void report(TrialId id, std::int64_t epoch) {
        record(Reported{id, 1, {epoch, {{"loss", 1.0}}, milliseconds(1), 1, 1}});
    }
    std::optional<TimeLeft> left() const { return pace_->left(*study_, status_); }
    void tick(int seconds) {
        status_.elapsed = status_.elapsed_all = std::chrono::seconds(seconds);
        pace_->tick(status_);
    }

    std::optional<Study> study_;
    std::optional<Pace> pace_;
    RunStatus status_{milliseconds(0), milliseconds(0), 0, 1};
};

TEST_F(PaceTest, NothingIsSaidWhileNothingIsKnown) {
    begin(spec_of("asha", false, 10));
    tick(1);
    EXPECT_EQ(left(), std::nullopt);
    start(0);
    tick(5);
    EXPECT_EQ(left(), std::nullopt) << "no epoch yet";
    report(0, 0);
    EXPECT_EQ(left(), std::nullopt) << "nobody knows how many are pruned";
    record(Paused{0, "rung"});
    EXPECT_NE(left(), std::nullopt);
    begin(spec_of("none", false, 10));
    start(0);
    report(0, 0);
    EXPECT_NE(left(), std::nullopt) << "without a pruner all run to their end";
    StudySpec endless = spec_of("none", false, 1);
    endless.budget = {};
    begin(endless);
    start(0);
    report(0, 0);
    EXPECT_EQ(left(), std::nullopt) << "no budget of trials or time";
}

TEST_F(PaceTest, EpochsAreCountedToTheEnd) {
    begin(spec_of("none", false, 3));
    start(0);
    tick(0);
    tick(20);
    for (int e = 0; e < 2; ++e) report(0, e);
    // 10 seconds an epoch: 25 of trial 0 and twice 27.
    EXPECT_EQ(left(), (TimeLeft{790, false}));
    status_.slots = 2;  // trial 0 and one of 27, and after trial 0 the other one
    EXPECT_EQ(left(), (TimeLeft{520, false}));
}

TEST_F(PaceTest, TheLastTrialTakesItsTimeOnHoweverManySlots) {
    begin(spec_of("none", false, 1));
    start(0);
    tick(10);
    report(0, 0);
    status_.slots = 16;
    EXPECT_EQ(left(), (TimeLeft{260, false}));
}

TEST_F(PaceTest, TrialsWithoutEpochsAreCountedAsSuch) {
    begin(spec_of("none", false, 5));
    for (TrialId id = 0; id < 2; ++id) {
        start(id);
        tick(10 * static_cast<int>(id + 1));
        EXPECT_EQ(left().has_value(), id > 0);
        record(TrialEnded{id, Completed{{{"loss", 1.0}}, 0, ""}});
    }
    EXPECT_EQ(left(), (TimeLeft{30, false}));
}

TEST_F(PaceTest, ALimitOnTimeIsExact) {
    StudySpec spec = spec_of("none", false, 1000);
    spec.budget.time = std::chrono::hours(1);
    begin(spec);
    tick(600);
    EXPECT_EQ(left(), (TimeLeft{3000, true}));
    status_.longest = std::chrono::seconds(700);
    EXPECT_EQ(left(), (TimeLeft{100, true}));
    tick(800);
    EXPECT_EQ(left(), (TimeLeft{0, true}));
}

TEST_F(PaceTest, APauseCostsNothing) {
    begin(spec_of("none", false, 1));
    start(0);
    tick(10);
    report(0, 0);
    status_.paused = true;
    tick(1000);
    status_.paused = false;
    EXPECT_EQ(left(), (TimeLeft{260, false}));
}

}  // namespace
}  // namespace o2v::orchestrator
