// What a person and a program see, to the letter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "orchestrator/observer.hpp"

namespace o2v::orchestrator {
namespace {

using testing::HasSubstr;

Experiment an_experiment() {
    Experiment e;
    e.description = "A test.";
    e.study.name = "demo";
    e.study.goal = {"validation:accuracy", Direction::maximize};
    e.study.space =
        SearchSpace({{"network", CategoricalDomain{{std::string("cnn"), std::string("pool")}}, {}},
                     {"lr", FloatDomain{0.001, 0.1, Scale::log}, {}},
                     {"width", IntDomain{1, 5, Scale::linear}, {{"network", {"cnn"}}}}});
    e.study.fixed["epochs"] = std::int64_t{10};
    e.study.budget.trials = 4;
    e.study.budget.time = std::chrono::hours(1);
    return e;
}

Study a_study(const Experiment& e) {
    Study study(e.study);
    study.apply(TrialCreated{0, {{"lr", 0.01}, {"network", std::string("pool")}}, 1});
    study.apply(AttemptStarted{0, 1, "w", "cpu", "h", {0}});
    study.apply(
        Reported{0, 1, {0, {{"validation:accuracy", 0.8123}}, std::chrono::milliseconds(2000), 1, 1}});
    study.apply(TrialEnded{0, Completed{{{"validation:accuracy", 0.8123}}, 0, ""}});
    study.apply(TrialCreated{1, {{"lr", 0.02}, {"network", std::string("pool")}}, 1});
    study.apply(AttemptStarted{1, 1, "w", "cpu", "h", {0}});
    study.apply(Reported{1, 1, {0, {{"validation:accuracy", 0.7}}, std::chrono::milliseconds(2000), 1, 1}});
    return study;
}

const RunStatus kStatus{std::chrono::seconds(60), std::chrono::seconds(60), 1, 1};

std::string output_of(StudyObserver& observer) {
    const Experiment e = an_experiment();
    const Study study = a_study(e);
    testing::internal::CaptureStdout();
    observer.started(study, {&e, "/runs/demo", {"slot 0: cpu, core 0"}, {"train: 70,115 pairs"}, 1});
    observer.worker_ready({"slot-0/pid-1", 1, "h", "cpu", "", {0}, 1, "1.13.0", "/usr/lib/blas/libblas.so.3"},
                          true);
    observer.happened(study, TrialEnded{0, Completed{{{"validation:accuracy", 0.8123}}, 0, ""}});
    observer.happened(study, AttemptStarted{1, 1, "w", "cpu", "h", {0}});
    observer.tick(study, kStatus);
    observer.finished(study, "the budget of 4 trials is used");
    return testing::internal::GetCapturedStdout();
}

// What a search obeys is said before it begins.
TEST(Screen, TheHeaderNamesEveryGoalBoundAndStart) {
    Experiment e = an_experiment();
    e.study.more_goals = {{"model_bytes", Direction::minimize}};
    e.study.constraints = {{"model_bytes", std::nullopt, 5e7}};
    e.study.space =
        SearchSpace({{"lr", FloatDomain{0.001, 0.1, Scale::log}, {}, 0.01}, {"width", IntDomain{1, 5}, {}}},
                    {{{"width", {"5"}}, {"lr", {}, 0.05}}});
    e.study.enqueued = {{{"lr", 0.02}, {"width", std::int64_t{3}}}};
    e.study.prior = {{0, {{"lr", 0.02}}, 0.8}, {0, {{"lr", 0.03}}, 0.7}};
    testing::internal::CaptureStdout();
    make_screen({})->started(Study(e.study), {&e, "/runs/demo", {}, {}, 0});
    EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr(R"(
  goal      maximize validation:accuracy
  goal      minimize model_bytes
  within    model_bytes <= 5e+07
  search    random, seed 0; pruner none
            lr     0.001 to 0.1 (log), first 0.01
            width  1 to 5
  never     width = 5 and lr >= 0.05
  first     enqueued configurations: 1
  knows     trials of earlier studies: 2 (identical)
)"));
}

TEST(Screen, PlainLinesInAPipe) {
    const auto screen = make_screen({});
    EXPECT_EQ(output_of(*screen),
              R"(study demo  (/runs/demo)
  A test.
  goal      maximize validation:accuracy
  search    random, seed 0; pruner none
            network  cnn | pool
            lr       0.001 to 0.1 (log)
            width    1 to 5  when network = cnn
  budget    4 trials, or 1 h 00 min
  data      train: 70,115 pairs
  slot 0: cpu, core 0
  continuing after 1 trials of earlier runs

warning: LibTorch runs on the reference BLAS (/usr/lib/blas/libblas.so.3), about 50 times slower than OpenBLAS: install libopenblas0-pthread
trial 0 completed: validation:accuracy 0.8123 (best so far), 1 epoch in 2 s; lr=0.01, network=pool
ended: the budget of 4 trials is used
)");
}

TEST(Screen, SlotsAndProgressOnATerminal) {
    ScreenOptions options;
    options.terminal = true;
    const auto screen = make_screen(options);
    const std::string text = output_of(*screen);
    EXPECT_THAT(text, HasSubstr("0: cpu, core 0     #1    1/10"));
    EXPECT_THAT(text, HasSubstr("[####------------]  1/4 trials  best 0.8123 (#0)"));
    EXPECT_THAT(text, testing::EndsWith("\r\033[2A\033[J\r\033[Jended: the budget of 4 trials is used\n"))
        << "the live lines are gone at the end";
}

TEST(Screen, WritesAtMostTenTimesASecond) {
    const Experiment e = an_experiment();
    const Study study = a_study(e);
    std::chrono::milliseconds now{5000};
    ScreenOptions options;
    options.terminal = true;
    options.clock = [&] { return now; };
    const auto screen = make_screen(options);
    testing::internal::CaptureStdout();
    screen->started(study, {&e, "/runs/demo", {}, {}, 0});
    testing::internal::GetCapturedStdout();
    int writes = 0;
    for (int i = 0; i < 1000; ++i, now += std::chrono::milliseconds(1)) {
        testing::internal::CaptureStdout();
        screen->happened(study, TrialEnded{1, Pruned{"worse", false}});
        screen->tick(study, kStatus);
        writes += !testing::internal::GetCapturedStdout().empty();
    }
    EXPECT_EQ(writes, 10);
}

TEST(Screen, AnErrorsMessageStandsOnALineOfItsOwn) {
    const Experiment e = an_experiment();
    const Study study = a_study(e);
    ScreenOptions options;
    options.terminal = true;
    testing::internal::CaptureStdout();
    {
        const auto screen = make_screen(options);
        screen->started(study, {&e, "/runs/demo", {}, {}, 0});
        screen->tick(study, kStatus);
    }
    EXPECT_THAT(testing::internal::GetCapturedStdout(), testing::EndsWith("\r\033[J"));
}

TEST(JsonLines, OneObjectALine) {
    const auto lines = make_json_lines();
    std::istringstream text(output_of(*lines));
    std::vector<std::string> events;
    for (std::string line; std::getline(text, line);) {
        const nlohmann::json json = nlohmann::json::parse(line);
        EXPECT_TRUE(json.contains("time_ms"));
        events.push_back(json.at("event"));
    }
    EXPECT_THAT(events, testing::ElementsAre("run_started", "worker_ready", "trial_ended", "attempt_started",
                                             "run_ended"));
}

}  // namespace
}  // namespace o2v::orchestrator
